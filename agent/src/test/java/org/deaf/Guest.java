// SPDX-License-Identifier: Apache-2.0
package org.deaf;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Has a method with a type that nobody has loaded, when its loader is [Snippets#guest]'s.
public final class Guest implements Runnable {

  private int rounds;

  @Override
  public void run() {
    spin(null);
  }

  private void spin(@Nullable Unused unused) {
    Objects.requireNonNull(Snippets.initialises).began.countDown();
    while (rounds >= 0 || unused != null) {
      rounds = (rounds + 1) & 0xFFFF;
    }
  }

  static final class Unused {}
}
