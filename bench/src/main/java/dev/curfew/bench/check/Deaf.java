// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Threads that do not heed their stop and need no processor either: to the JVM they run, but they
/// wait in the system for a connection that never comes. As long as they do, the gate is open.
///
/// **Threads.** Made and closed by one thread.
public final class Deaf implements AutoCloseable {

  private static final long LIMIT = Duration.ofSeconds(10).toNanos();

  private final Scope scope = Scope.open("deaf", ScopeSettings::withPlatformThreads);
  private final List<ServerSocket> nobodyComes = new ArrayList<>();

  /// Stops so many threads, and returns when the gate is open for them.
  ///
  /// @param threads how many
  /// @throws IOException if there is no socket to wait at
  /// @throws InterruptedException if interrupted
  public Deaf(int threads) throws IOException, InterruptedException {
    List<Fork<?>> forks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      ServerSocket socket = new ServerSocket(0);
      nobodyComes.add(socket);
      forks.add(scope.fork("accepts", socket::accept));
    }
    Thread.sleep(Duration.ofMillis(100)); // so that all of them wait
    long before = StopReport.Checkpoints.now().openings();
    forks.forEach(fork -> fork.stop(StopReason.requested("bench")));
    long began = System.nanoTime();
    while (StopReport.Checkpoints.now().openings() == before) {
      if (System.nanoTime() - began > LIMIT) {
        throw new IllegalStateException("the gate does not open");
      }
      Thread.sleep(Duration.ofMillis(1));
    }
    Thread.sleep(Duration.ofMillis(100)); // so that it is open for all of them
  }

  @Override
  public void close() {
    for (ServerSocket socket : nobodyComes) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    scope.close();
  }
}
