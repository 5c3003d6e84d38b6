// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Our own threads.
final class Waker {

  private Waker() {}

  static Thread daemon(Runnable work, String name) {
    return Thread.ofPlatform().daemon().name(name).unstarted(work);
  }
}
