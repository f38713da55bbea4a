#!/usr/bin/env node
require("../dist/memplan.cjs");
