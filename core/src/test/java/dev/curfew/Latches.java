// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// How the bodies of tests wait: answering a stop, or deaf to it.
final class Latches {

  private Latches() {}

  /// Waits for a latch, bounded; an interrupt is an error.
  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Goes on until the latch is open, whatever anybody asks.
  static void waitDeafly(CountDownLatch over) {
    while (over.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
      boolean _ = Thread.interrupted();
    }
  }
}
