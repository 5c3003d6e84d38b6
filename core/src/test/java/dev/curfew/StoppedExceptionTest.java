// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StoppedExceptionTest {

  private static final StopReason WHY = StopReason.requested("test");

  @Test
  void insideAForkItHasNoTrace() {
    assertThat(thrownInAFork().getStackTrace()).isEmpty();
  }

  @Test
  void aPropertyBringsTheTraceBack() {
    System.setProperty("dev.curfew.traces", "true");
    try {
      assertThat(thrownInAFork().getStackTrace()).isNotEmpty();
    } finally {
      System.clearProperty("dev.curfew.traces");
    }
  }

  private static StoppedException thrownInAFork() {
    try (Scope scope = Scope.open("app")) {
      Fork<StoppedException> fork =
          scope.fork(
              "fork",
              () -> {
                boolean _ = Lease.current().node.stop(WHY);
                try {
                  Curfew.sleep(Duration.ofDays(1));
                  throw new AssertionError("slept on");
                } catch (StoppedException thrown) {
                  return thrown;
                }
              });
      assertThat(fork.join(Duration.ofSeconds(20))).isTrue();
      return fork.get();
    }
  }

  @Test
  void inTheBodyOfAScopeItHasOne() {
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.stop(WHY);
                      scope.token().check();
                      return null;
                    }))
        .satisfies(thrown -> assertThat(thrown.getStackTrace()).isNotEmpty())
        .withMessage(WHY.chain());
  }

  @Test
  void itsMessageIsWrittenWithIt() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new StoppedException(WHY));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject())
          .asInstanceOf(throwable(StoppedException.class))
          .hasMessage(WHY.chain());
    }
  }
}
