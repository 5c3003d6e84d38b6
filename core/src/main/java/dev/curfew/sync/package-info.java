// SPDX-License-Identifier: Apache-2.0
/// Waits for other threads that wake when they are stopped: channels, permits, latches.
///
/// Each wait is a checkpoint too: in a stopped scope, or with the interrupt flag set, it throws at
/// once and takes nothing, even where it need not wait. What is tried without waiting (`trySend`,
/// `tryReceive`, `tryAcquire` without a time) never looks at the stop, so that clean-up can use it.
///
/// Nothing is lost when a stop meets a hand-over. A thread that was handed an item or a permit
/// before it could leave returns it, and its next check throws; one whose wait ends with an
/// exception has taken, or given away, nothing.
@org.jspecify.annotations.NullMarked
package dev.curfew.sync;
