// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Body;
import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.Unblocking;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Calls that wait for a server that never answers, each freed in its own way.
final class B2 implements Example {

  private int freed;

  @Override
  public String title() {
    return "blocking I/O is freed by a stop: sockets, channels, HTTP, process output";
  }

  @Override
  public String run(Stage stage) throws IOException, InterruptedException {
    long began = System.nanoTime();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      InetSocketAddress there = (InetSocketAddress) silent.getLocalSocketAddress();
      free(stage, "socket read, by closing it", begun -> readSocket(there, begun));
      free(stage, "channel read, by an interrupt", begun -> readChannel(there, begun));
      free(stage, "HTTP request, by an interrupt", begun -> request(there, begun));
      free(stage, "process output, by ending the process", B2::readProcess);
    }
    String took = stage.within(Duration.ofSeconds(30), began, "all of them");
    return freed + " calls that would have blocked for ever were freed in " + took + " in all";
  }

  private interface Call {
    Object run(CountDownLatch begun) throws Exception;
  }

  private void free(Stage stage, String what, Call call) throws InterruptedException {
    Scope.run(
        "client",
        settings -> settings.withPlatformThreads(), // where an interrupt alone frees the least
        scope -> {
          CountDownLatch begun = new CountDownLatch(1);
          Fork<Object> fork = scope.fork(what, () -> call.run(begun));
          stage.expect(begun.await(10, TimeUnit.SECONDS), what + " has begun");
          long asked = System.nanoTime();
          boolean _ = fork.stop(StopReason.requested("enough"));
          stage.expect(fork.join(Duration.ofSeconds(10)), what + " has ended");
          Outcome<Object> how = fork.outcome().orElseThrow();
          stage.expect(how instanceof Outcome.Stopped, what + " was stopped, but it " + how);
          stage.say(what + ": stopped in " + stage.within(Duration.ofSeconds(5), asked, what));
          freed++;
          return null;
        });
  }

  private static Object readSocket(InetSocketAddress there, CountDownLatch begun)
      throws IOException {
    try (Socket socket = new Socket(there.getAddress(), there.getPort())) {
      begun.countDown();
      Body<Integer, IOException> read = () -> socket.getInputStream().read();
      return Curfew.blocking(Unblocking.by(socket::close), read);
    }
  }

  private static Object readChannel(InetSocketAddress there, CountDownLatch begun)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open(there)) {
      begun.countDown();
      return channel.read(java.nio.ByteBuffer.allocate(1)); // the body of a fork is a region
    }
  }

  private static Object request(InetSocketAddress there, CountDownLatch begun)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://" + there.getHostString() + ":" + there.getPort() + "/");
    try (HttpClient client = HttpClient.newHttpClient()) {
      begun.countDown();
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static Object readProcess(CountDownLatch begun) throws IOException {
    Process process = new ProcessBuilder("sleep", "3600").start();
    try {
      begun.countDown();
      Body<Integer, IOException> read = () -> process.getInputStream().read();
      int first = Curfew.blocking(Unblocking.by(process::destroyForcibly), read);
      Curfew.token().check(); // now and then the read finds the end of the output instead
      return first;
    } finally {
      process.destroyForcibly(); // the stop may have come before the call
    }
  }
}
