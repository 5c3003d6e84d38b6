// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// How a blocking call is freed when its scope is stopped; see [Curfew#blocking].
///
/// The choice is by call, because an interrupt is not harmless everywhere: it closes a
/// `FileChannel` for all its users, and on a virtual thread the socket it hits. `docs/catalogue.md`
/// says which call of the JDK is freed how.
public sealed interface Unblocking {

  /// {@return by an interrupt, as the body of a fork is}
  static Unblocking interrupt() {
    return new Interrupt();
  }

  /// {@return not at all: the stop is seen when the call returns; for calls that are short, and for
  /// those that an interrupt would break}
  static Unblocking flagOnly() {
    return new FlagOnly();
  }

  /// {@return by an action, such as `statement::cancel` or `socket::close`}
  ///
  /// **Threads.** Called by a thread of this library, and again after 50 ms and with doubling
  /// pauses, at most five times, while the call goes on: the first may come before the call has
  /// begun to block.
  ///
  /// @param action frees the call; what it throws goes to its thread's uncaught-exception handler
  static Unblocking by(Action<?> action) {
    return new By(action);
  }

  /// By an interrupt.
  record Interrupt() implements Unblocking {}

  /// Not at all.
  record FlagOnly() implements Unblocking {}

  /// By an action.
  ///
  /// @param action frees the call
  record By(Action<?> action) implements Unblocking {}
}
