// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import java.util.List;

/// The rows of `docs/catalogue.md`, in its order. A new one is a line here and one in each table of
/// the page.
final class Rows {

  private Rows() {}

  static List<Blocked.Row> all() {
    return List.of(
        row("`Thread.sleep`", WaitRows::sleep),
        row("`Thread.join`", WaitRows::threadJoin),
        row("`Object.wait`", WaitRows::objectWait),
        row("`LockSupport.park`", WaitRows::park),
        row("`BlockingQueue.take`, `put`", WaitRows::take),
        row("`SynchronousQueue.put`", WaitRows::put),
        row("`Condition.await`", WaitRows::condition),
        row("`CountDownLatch.await`", WaitRows::latch),
        row("`CyclicBarrier.await`", WaitRows::barrier),
        row("`Semaphore.acquire`", WaitRows::semaphore),
        stuck("`Semaphore.acquireUninterruptibly`", WaitRows::uninterruptibly),
        row("`Phaser.awaitAdvanceInterruptibly`", WaitRows::phaser),
        row("`Phaser.awaitAdvance`", WaitRows::deafPhaser),
        row("`Future.get`", WaitRows::future),
        row("`CompletableFuture.get`", WaitRows::completable),
        row("`CompletableFuture.join`", WaitRows::completableJoin),
        row("`ForkJoinTask.join`", WaitRows::forkJoin),
        row("`ReentrantLock.lockInterruptibly`", LockRows::lockInterruptibly),
        stuck("`ReentrantLock.lock`", LockRows::lock),
        stuck("entering `synchronized`", LockRows::monitor),
        row("`Socket` read", SocketRows::read),
        row("`Socket` write", SocketRows::write),
        row("`ServerSocket.accept`", SocketRows::accept),
        row("`DatagramSocket.receive`", SocketRows::receive),
        row("`SocketChannel.read`", SocketRows::channelRead),
        row("`ServerSocketChannel.accept`", SocketRows::channelAccept),
        row("`Selector.select`", SocketRows::select),
        row("`HttpClient.send`", HttpRows::send),
        row("`HttpURLConnection.getInputStream`", HttpRows::connection),
        row("`FileChannel.read` entered with the flag set", FileRows::fileChannel),
        row("`Pipe.SourceChannel.read`", FileRows::pipe),
        row("`PipedInputStream.read`", FileRows::piped),
        row("`WatchService.take`", FileRows::watch),
        stuck("opening a named pipe, as an example of native code", FileRows::fifo),
        row("`Process.waitFor`", FileRows::waitFor),
        row("reading the output of a process", FileRows::processOutput),
        row("`Statement.executeQuery`, of H2", JdbcRows::query));
  }

  private static Blocked.Row row(String name, Blocked.Making making) {
    return new Blocked.Row(name, making, false);
  }

  /// One that nothing frees.
  private static Blocked.Row stuck(String name, Blocked.Making making) {
    return new Blocked.Row(name, making, true);
  }
}
