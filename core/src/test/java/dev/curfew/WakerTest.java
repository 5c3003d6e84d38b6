// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WakerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void aVirtualThreadHasItDoneByAPlatformThreadBeforeItGoesOn() throws InterruptedException {
    AtomicReference<Thread> by = new AtomicReference<>();
    AtomicBoolean wasDone = new AtomicBoolean();
    Thread virtual =
        Thread.ofVirtual()
            .start(
                () -> {
                  Waker.runOnPlatform(() -> by.set(Thread.currentThread()), LONG);
                  wasDone.set(by.get() != null);
                });
    assertThat(virtual.join(LONG)).isTrue();
    assertThat(wasDone).isTrue();
    assertThat(by.get().isVirtual()).isFalse();
    Waker.runOnPlatform(() -> by.set(Thread.currentThread()), LONG);
    assertThat(by.get()).isSameAs(Thread.currentThread());
  }
}
