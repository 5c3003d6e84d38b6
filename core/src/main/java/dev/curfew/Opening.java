// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// One attempt to open a shared resource, by its first user; others wait for how it ends.
///
/// Invariants
///
/// 1. It ends once: with a resource, with a failure, or with neither because its user is to stop.
///
/// Locks: none.
///
/// @param <R> the type of the resource
final class Opening<R> {

  private final Thread thread = Thread.currentThread();
  private volatile @Nullable R resource;
  private volatile @Nullable Throwable failure;
  private volatile boolean ended;

  boolean isMine() {
    return thread.equals(Thread.currentThread());
  }

  void succeeded(R opened) {
    resource = opened;
    ended = true;
  }

  void failed(Throwable thrown) {
    failure = thrown;
    ended = true;
  }

  void givenUp() {
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }

  @Nullable R resource() {
    return resource;
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
