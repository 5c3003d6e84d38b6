// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Thrown at the boundary of a scope when a fork failed; the failure is the cause, later ones are
/// suppressed.
///
/// Forks that ended because they were stopped are no failures and do not appear here.
public final class ForkFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String fork;

  ForkFailedException(String fork, Throwable failure) {
    super(fork + " failed: " + describe(failure), failure);
    this.fork = fork;
  }

  /// One that is unable to describe itself is named by its class; of one that tells of a fork
  /// further in, only what it tells is repeated.
  static String describe(Throwable failure) {
    try {
      return failure instanceof ForkFailedException inner
          ? String.valueOf(inner.getMessage())
          : failure.toString();
    } catch (RuntimeException | Error broken) {
      return failure.getClass().getName();
    }
  }

  /// {@return the path of the fork that failed first}
  public String fork() {
    return fork;
  }
}
