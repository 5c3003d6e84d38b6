// SPDX-License-Identifier: Apache-2.0
package org.deaf;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Has a method with a type that nobody has loaded, when its loader is [Snippets#guest]'s.
public final class Guest implements Runnable {

  private int rounds;

  @Override
  public void run() {
    boolean _ = isEndless(null);
  }

  /// Called once, so that the JIT does not ask for the type either.
  private boolean isEndless(@Nullable Unused unused) {
    spin();
    return unused == null;
  }

  private void spin() {
    Objects.requireNonNull(Snippets.initialises).began.countDown();
    while (rounds >= 0) {
      rounds = (rounds + 1) & 0xFFFF;
    }
  }

  static final class Unused {}
}
