// SPDX-License-Identifier: Apache-2.0
/// Curfew beside its peers: what a check, a registration, a fork, a pool task and a stop cost.
///
/// `bench/run` starts it; `docs/performance.md` has the figures and how to read them.
@org.jspecify.annotations.NullMarked
package dev.curfew.bench;
