// SPDX-License-Identifier: Apache-2.0
/// Code of others that checks nothing: what stopping it takes, and what being stoppable costs it.
@org.jspecify.annotations.NullMarked
package dev.curfew.bench.agent;
