// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import dev.curfew.Curfew;
import java.time.Duration;
import java.util.Objects;

/// A scope of ours in a program that has called `Curfew.warmUp()` at its start.
public final class CurfewWarmedUp extends CurfewScope {

  /// Warms up; by name, for the benchmarks are also run on versions that cannot.
  ///
  /// @throws ReflectiveOperationException if this one cannot
  public CurfewWarmedUp() throws ReflectiveOperationException {
    Object begun = Objects.requireNonNull(Curfew.class.getMethod("warmUp").invoke(null));
    var _ =
        begun.getClass().getMethod("await", Duration.class).invoke(begun, Duration.ofMinutes(1));
  }
}
