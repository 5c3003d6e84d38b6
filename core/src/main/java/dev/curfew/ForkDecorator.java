// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Carries something from the thread that forks into the thread of the fork: logging context,
/// tracing, scoped values, a security context. Plain threads inherit none of them.
///
/// ```java
/// s -> s.withDecorator((name, body) -> {
///   var user = USER.get();                                  // on the thread that forks
///   return () -> ScopedValue.where(USER, user).call(body::call);   // on that of the fork
/// })
/// ```
///
/// **Threads.** Called by the thread that forks; what it returns is called once by that of the
/// fork, inside of it: a stop reaches it, and checkpoints count. Several that are nested run the
/// one of the outermost scope first.
@FunctionalInterface
public interface ForkDecorator {

  /// Wraps a body.
  ///
  /// @param fork the name of the fork
  /// @param body the body, to be called once; its exceptions pass through
  /// @return what the fork runs instead; it returns what the body returned
  Callable<@Nullable Object> decorate(String fork, Callable<@Nullable Object> body);

  /// {@return a decorator that has this one outside and the other one inside}
  ///
  /// @param inner the other one
  default ForkDecorator around(ForkDecorator inner) {
    return (String fork, Callable<@Nullable Object> body) ->
        decorate(fork, inner.decorate(fork, body));
  }
}
