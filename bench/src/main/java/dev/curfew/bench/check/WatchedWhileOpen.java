// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A scope that nobody stops, while a thread of another scope does not heed its stop.
@State(org.openjdk.jmh.annotations.Scope.Thread)
public class WatchedWhileOpen extends Watched {

  private @Nullable Deaf deaf;

  /// Opens the gate.
  @Setup(Level.Trial)
  public void stopAnother() throws IOException, InterruptedException {
    deaf = new Deaf(1);
  }

  /// Lets it close.
  @TearDown(Level.Trial)
  public void end() {
    if (deaf != null) {
      deaf.close();
    }
  }
}
