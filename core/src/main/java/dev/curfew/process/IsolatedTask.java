// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.Serializable;

/// Work that is done in a JVM of its own; see [Isolated].
///
/// A class of its own with a name and a constructor without arguments: static if it lies in another
/// one, no lambda. It says which types it takes and gives:
///
/// ```java
/// final class Resize implements IsolatedTask<Resize.Of, Resize.Done> {
///   record Of(String file, int width) implements Serializable {}
///   record Done(String file, long bytes) implements Serializable {}
///
///   public Done run(Of what) throws IOException {
///     return new Done(what.file(), resize(what));
///   }
/// }
/// ```
///
/// @param <A> what it gets
/// @param <R> what it gives
public interface IsolatedTask<A extends Record & Serializable, R extends Serializable> {

  /// Does it.
  ///
  /// **Stopping.** Runs in a scope, which is stopped when the caller's is, with the reason there,
  /// and has its deadline; checkpoints and waits of Curfew see it, and blocking calls are
  /// interrupted.
  ///
  /// @param arguments what the caller gave
  /// @return the answer, not null
  /// @throws Exception what went wrong; the caller gets it in words
  R run(A arguments) throws Exception;
}
