#!/usr/bin/env node
'use strict';
require('./memplan.cjs').start('memctl');
