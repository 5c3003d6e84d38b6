// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static dev.curfew.blocking.SocketRows.closeAll;
import static dev.curfew.blocking.SocketRows.discard;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Unblocking;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Calls that wait for files, pipes and processes.
final class FileRows {

  private FileRows() {}

  /// A file is always ready: what counts is the flag when the call begins.
  static Blocked fileChannel() throws IOException {
    Path file = Files.createTempFile("catalogue", ".bin");
    FileChannel channel = FileChannel.open(file);
    CountDownLatch ready = new CountDownLatch(1);
    return Blocked.in(
            () -> {
              try {
                ready.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              discard(channel.read(ByteBuffer.allocate(1)));
            })
        .freedBy("flagOnly()", Unblocking.flagOnly())
        .released(ready::countDown)
        .cleaned(
            () -> {
              channel.close();
              Files.delete(file);
            })
        .whole("closed", channel::isOpen);
  }

  static Blocked pipe() throws IOException {
    Pipe pipe = Pipe.open();
    return Blocked.in(() -> discard(pipe.source().read(ByteBuffer.allocate(1))))
        .freedBy("by(source::close)", Unblocking.by(pipe.source()::close))
        .cleaned(() -> closeAll(pipe.sink(), pipe.source()))
        .whole("closed", () -> pipe.source().isOpen());
  }

  static Blocked piped() throws IOException {
    PipedOutputStream out = new PipedOutputStream();
    PipedInputStream in = new PipedInputStream(out);
    return Blocked.in(() -> discard(in.read())).cleaned(() -> closeAll(out, in));
  }

  static Blocked watch() throws IOException {
    Path folder = Files.createTempDirectory("catalogue");
    WatchService watcher = folder.getFileSystem().newWatchService();
    return Blocked.in(watcher::take)
        .cleaned(
            () -> {
              watcher.close();
              Files.delete(folder);
            });
  }

  /// Opens when somebody opens the other end, and not before, whatever happens.
  static Blocked fifo() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("catalogue");
    Path fifo = folder.resolve("fifo");
    Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start();
    assertThat(mkfifo.waitFor(Duration.ofSeconds(10))).isTrue();
    List<FileChannel> other = new ArrayList<>(); // kept open: the call may not have begun
    return Blocked.in(() -> Files.newInputStream(fifo).close())
        .freedByNothing()
        .released(() -> other.add(FileChannel.open(fifo, READ, WRITE))) // both: that never blocks
        .cleaned(
            () -> {
              closeAll(other.toArray(AutoCloseable[]::new));
              Files.delete(fifo);
              Files.delete(folder);
            });
  }

  static Blocked waitFor() throws IOException {
    Process cat = new ProcessBuilder("cat").start();
    return Blocked.in(cat::waitFor).cleaned(() -> end(cat)).whole("killed", cat::isAlive);
  }

  static Blocked processOutput() throws IOException {
    Process cat = new ProcessBuilder("cat").start();
    return Blocked.in(
            () -> {
              boolean _ = cat.getInputStream().read() < 0;
            })
        .freedBy("by(process::destroyForcibly)", Unblocking.by(cat::destroyForcibly))
        .endsEither()
        .released(() -> cat.getOutputStream().close())
        .cleaned(() -> end(cat))
        .whole("killed", () -> takesInput(cat));
  }

  /// Told apart at once: the system closes a process's ends in order, its input before its output.
  private static boolean takesInput(Process cat) {
    try {
      cat.getOutputStream().write('x');
      cat.getOutputStream().flush();
      return true;
    } catch (IOException broken) {
      return false;
    }
  }

  private static void end(Process cat) throws IOException, InterruptedException {
    try {
      cat.getOutputStream().close();
    } catch (IOException broken) {
      assertThat(broken).hasMessageContaining("pipe"); // it was killed
    }
    cat.getInputStream().close();
    assertThat(cat.waitFor(Duration.ofSeconds(10))).isTrue();
  }
}
