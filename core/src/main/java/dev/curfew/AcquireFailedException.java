// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Thrown to whoever needs a resource that could not be acquired; what acquiring it threw is the
/// cause.
///
/// Nothing is broken by it: the next who needs the resource tries again.
public final class AcquireFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String resource;

  AcquireFailedException(String resource, Throwable failure) {
    super("'" + resource + "' could not be acquired: " + failure, failure);
    this.resource = resource;
  }

  /// {@return the name of the resource}
  public String resource() {
    return resource;
  }
}
