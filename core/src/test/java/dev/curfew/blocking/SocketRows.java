// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Unblocking;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/// Calls that wait for the network, on the loopback.
final class SocketRows {

  private static final int MORE_THAN_ANY_BUFFER = 64 << 20;

  private SocketRows() {}

  static InetAddress local() {
    return InetAddress.getLoopbackAddress();
  }

  static void closeAll(AutoCloseable... all) throws Exception {
    for (AutoCloseable each : all) {
      each.close();
    }
  }

  static void discard(int bytes) {
    assertThat(bytes).isLessThan(2);
  }

  static Blocked read() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, local());
    Socket client = new Socket(local(), server.getLocalPort());
    Socket peer = server.accept();
    return Blocked.in(() -> discard(client.getInputStream().read()))
        .freedBy("by(socket::close)", Unblocking.by(client::close))
        .released(peer::close)
        .cleaned(() -> closeAll(peer, client, server))
        .whole("closed", () -> !client.isClosed());
  }

  static Blocked write() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, local());
    Socket client = new Socket(local(), server.getLocalPort());
    Socket peer = server.accept();
    return Blocked.in(() -> client.getOutputStream().write(new byte[MORE_THAN_ANY_BUFFER]))
        .freedBy("by(socket::close)", Unblocking.by(client::close))
        .released(peer::close)
        .cleaned(() -> closeAll(peer, client, server))
        .whole("closed", () -> !client.isClosed());
  }

  static Blocked accept() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, local());
    return Blocked.in(() -> server.accept().close())
        .freedBy("by(server::close)", Unblocking.by(server::close))
        .released(() -> new Socket(local(), server.getLocalPort()).close())
        .cleaned(server::close)
        .whole("closed", () -> !server.isClosed());
  }

  static Blocked receive() throws IOException {
    DatagramSocket socket = new DatagramSocket(0, local());
    return Blocked.in(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
        .freedBy("by(socket::close)", Unblocking.by(socket::close))
        .released(
            () -> socket.send(new DatagramPacket(new byte[1], 1, socket.getLocalSocketAddress())))
        .cleaned(socket::close)
        .whole("closed", () -> !socket.isClosed());
  }

  static Blocked channelRead() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(local(), 0));
    SocketChannel client = SocketChannel.open(server.getLocalAddress());
    SocketChannel peer = server.accept();
    return Blocked.in(() -> discard(client.read(ByteBuffer.allocate(1))))
        .freedBy("by(channel::close)", Unblocking.by(client::close))
        .cleaned(() -> closeAll(peer, client, server))
        .whole("closed", client::isOpen);
  }

  static Blocked channelAccept() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(local(), 0));
    return Blocked.in(() -> server.accept().close())
        .freedBy("by(server::close)", Unblocking.by(server::close))
        .cleaned(server::close)
        .whole("closed", server::isOpen);
  }

  static Blocked select() throws IOException {
    Selector selector = Selector.open();
    return Blocked.in(() -> discard(selector.select()))
        .freedBy("by(selector::wakeup)", Unblocking.by(selector::wakeup))
        .cleaned(selector::close)
        .whole("closed", selector::isOpen);
  }
}
