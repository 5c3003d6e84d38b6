// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// How a blocking call is freed when its scope is stopped; see [Curfew#blocking].
///
/// The choice is by call, because an interrupt is not harmless everywhere: it closes a
/// `FileChannel` for all its users, and on a virtual thread the socket it hits. `docs/catalogue.md`
/// says which call of the JDK is freed how. A call that nothing frees is made by [Curfew#detached].
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

  /// By an action, such as `statement::cancel` or `socket::close`.
  ///
  /// **Threads.** Called by a thread of this library, and again after 50 ms and with doubling
  /// pauses, at most five times, while the call goes on: the first may come before the call has
  /// begun to block. It is not called again while it still runs.
  ///
  /// @param action frees the call; what it throws goes to its thread's uncaught-exception handler
  /// @return the way, to which a harder one may be added with [By#then]
  static By by(Action<?> action) {
    return new By(List.of(new Attempt(Duration.ZERO, action)));
  }

  /// By an interrupt.
  record Interrupt() implements Unblocking {}

  /// Not at all.
  record FlagOnly() implements Unblocking {}

  /// By an action, and by harder ones if that does not help.
  ///
  /// @param attempts the actions, the gentlest first
  record By(List<Attempt> attempts) implements Unblocking {

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException if there is none, or if one is due before the one it
    ///     follows
    public By {
      attempts = List.copyOf(attempts);
      if (attempts.isEmpty()) {
        throw new IllegalArgumentException("a call is freed by one action at least");
      }
      for (int i = 1; i < attempts.size(); i++) {
        Duration before = attempts.get(i - 1).after();
        Duration after = attempts.get(i).after();
        if (after.compareTo(before) <= 0) {
          throw new IllegalArgumentException(
              "a harder action is due later than the one before it: "
                  + after
                  + " is not after "
                  + before);
        }
      }
    }

    /// Adds a harder action, for when the others did not free the call, or hang themselves.
    ///
    /// ```java
    /// Unblocking.by(statement::cancel)
    ///     .then(Duration.ofSeconds(2), () -> connection.abort(Runnable::run))
    /// ```
    ///
    /// @param after how long after the stop, by the clock of the scope
    /// @param action from then on called instead of the one before
    /// @return the longer ladder
    /// @throws IllegalArgumentException if that is not later than the action before
    public By then(Duration after, Action<?> action) {
      List<Attempt> more = new ArrayList<>(attempts);
      more.add(new Attempt(after, action));
      return new By(more);
    }
  }

  /// One action of a ladder.
  ///
  /// @param after how long after the stop it is due
  /// @param action frees the call
  record Attempt(Duration after, Action<?> action) {
    /// Refuses what is missing.
    public Attempt {
      Objects.requireNonNull(after, "say when the action is due");
      Objects.requireNonNull(action, "say what frees the call");
    }
  }
}
