// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import com.sun.net.httpserver.HttpServer;
import dev.curfew.Unblocking;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;

/// Calls that wait for a server which never answers.
final class HttpRows {

  private HttpRows() {}

  static Blocked send() throws IOException {
    Silent server = new Silent();
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder(server.uri()).build();
    return Blocked.in(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
        .insideWhen(server::wasAsked)
        .released(server::close)
        .cleaned(
            () -> {
              server.close();
              client.shutdownNow();
              client.close();
            })
        .whole("closed", () -> !client.isTerminated());
  }

  static Blocked connection() throws IOException {
    Silent server = new Silent();
    HttpURLConnection connection =
        (HttpURLConnection) server.uri().toURL().openConnection(Proxy.NO_PROXY);
    return Blocked.in(() -> connection.getInputStream().close())
        .insideWhen(server::wasAsked)
        .freedBy("by(connection::disconnect)", Unblocking.by(connection::disconnect))
        .released(server::close)
        .cleaned(server::close)
        .whole("closed", () -> true);
  }

  /// Takes a request, and answers when it is closed.
  private static final class Silent {
    private final HttpServer server;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);

    Silent() throws IOException {
      server = HttpServer.create(new InetSocketAddress(SocketRows.local(), 0), 1);
      server.createContext(
          "/",
          exchange -> {
            asked.countDown();
            LockRows.waitDeafly(over);
            exchange.close();
          });
      server.start();
    }

    URI uri() {
      String host = server.getAddress().getAddress().getHostAddress();
      return URI.create("http://" + host + ":" + server.getAddress().getPort() + "/");
    }

    boolean wasAsked() {
      return asked.getCount() == 0;
    }

    void close() {
      over.countDown();
      server.stop(0);
    }
  }
}
