// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
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
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      boolean _ = scope.stop(StopReason.requested("enough"));
                      boolean _ = Thread.interrupted();
                      assertThat(thrown.getBoolean(null)).isFalse();
                      scope.token().check();
                      return null;
                    }))
        .isInstanceOf(StoppedException.class);
  }
}
