#!/usr/bin/env node
require("../dist/memctl.cjs");
