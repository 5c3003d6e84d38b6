// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Gets a thread dump out of a JVM: it prints one into its standard output when it is sent a QUIT.
final class ThreadDump {
  private static final int MOST = 64 << 10;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  /// The last line, but for a summary of the heap.
  private static final String END = "JNI global ref";

  private ThreadDump() {}

  static Optional<String> take(Path output, BooleanSupplier quit, Duration budget)
      throws InterruptedException {
    if (!Files.isRegularFile(output)) {
      return Optional.empty();
    }
    long before = output.toFile().length();
    if (!quit.getAsBoolean()) {
      return Optional.empty();
    }
    long begin = System.nanoTime();
    String text = "";
    while (!text.contains(END) && System.nanoTime() - begin < budget.toNanos()) {
      HandleKernel.pause(PAUSE);
      text = Output.read(output, before, MOST);
    }
    return text.isBlank() ? Optional.empty() : Optional.of(text.stripTrailing());
  }
}
