// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Classes that frameworks generate are often hidden, and dead for good if their initialiser fails.
class HiddenInitialiserTest {

  static final class Generated {
    static final boolean THROWN = isThrown();
  }

  static boolean isThrown() {
    return catchThrowable(Delivery::atCheck) instanceof DeliveredStop;
  }

  private static Field result() throws IOException, ReflectiveOperationException {
    try (InputStream in = HiddenInitialiserTest.class.getResourceAsStream(file())) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      Class<?> hidden = MethodHandles.lookup().defineHiddenClass(bytes, false).lookupClass();
      return hidden.getDeclaredField("THROWN");
    }
  }

  private static String file() {
    return HiddenInitialiserTest.class.getSimpleName() + "$Generated.class";
  }

  @Test
  void nothingIsThrownIntoIt() throws IOException, ReflectiveOperationException {
    Field thrown = result();
    List<Boolean> seen = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      boolean _ = scope.stop(StopReason.requested("enough"));
                      boolean _ = Thread.interrupted();
                      seen.add(thrown.getBoolean(null)); // a stop that is delivered counts in here
                      scope.token().check();
                      return null;
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(seen).containsExactly(false);
  }
}
