// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A stop that is thrown in a stay inside of another one.
class NestedDeliveryTest {

  private static final Duration GRACE = Duration.ofNanos(Delivery.LONGEST_GRACE);

  private final ManualTime time = new ManualTime();

  // looked at outside: there a stop that was delivered counts, whatever comes after it
  private final List<Boolean> seen = new ArrayList<>();

  /// Is stopped, and comes to a woven check.
  private static boolean stopIn(Scope scope) {
    boolean _ = scope.stop(StopReason.requested("enough"));
    boolean _ = Thread.interrupted();
    Delivery.atCheck();
    return true;
  }

  private static boolean isThrown() {
    return catchThrowable(Delivery::atCheck) instanceof DeliveredStop;
  }

  /// Runs a stay inside of a scope, and then the clean-up.
  private void cleansUpAfter(Release<Scope> inside) {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    s -> s.withTime(time).withPlan(StopPlan.within(GRACE.multipliedBy(10))),
                    scope -> {
                      Throwable thrown = catchThrowable(() -> inside.release(scope));
                      assertThat(thrown).isInstanceOf(StoppedException.class);
                      seen.add(isThrown());
                      time.advance(GRACE.minusNanos(1));
                      seen.add(isThrown());
                      time.advance(GRACE);
                      seen.add(isThrown());
                      return null;
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(seen).containsExactly(false, false, true);
  }

  @Test
  void cleanUpAfterABlockingCallHasItsGrace() {
    cleansUpAfter(
        scope -> {
          boolean _ = Curfew.blocking(Unblocking.flagOnly(), () -> stopIn(scope));
        });
  }

  @Test
  void cleanUpAfterAScopeHasItsGrace() {
    cleansUpAfter(
        scope -> {
          boolean _ = Scope.run("inner", _ -> stopIn(scope));
        });
  }
}
