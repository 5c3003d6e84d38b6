// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.StopReason;
import dev.curfew.StopReason.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// How the reason of a stop gets to a child: a file that is named in its environment, is not there
/// while nobody stops it, and is whole before the TERM is sent.
///
/// Seven lines: pid of the parent, kind, text, thread, scope, place, time.
///
/// Locks: the own monitor, while a small file is written or removed: one that is written too late
/// would be left behind.
final class ReasonFile implements AutoCloseable {
  private static final int LINES = 7;
  private static final int LARGEST = 16 << 10;

  private final Path file;

  // guarded by this
  private boolean written;
  private boolean closed;

  private ReasonFile(Path file) {
    this.file = file;
  }

  static ReasonFile unwritten() {
    byte[] random = new byte[8];
    ThreadLocalRandom.current().nextBytes(random);
    String name =
        "curfew-"
            + ProcessHandle.current().pid()
            + "-"
            + HexFormat.of().formatHex(random)
            + ".reason";
    return new ReasonFile(Path.of(System.getProperty("java.io.tmpdir"), name));
  }

  /// {@return a point in time as any program on this machine can read it}
  static String absolute(Duration left) {
    return Long.toString(Instant.now().plus(left).toEpochMilli());
  }

  String path() {
    return file.toString();
  }

  /// Writes it, if nobody has; a reason that cannot be told keeps nothing from being stopped.
  synchronized void write(StopReason reason, long child) {
    if (written || closed) {
      return;
    }
    StopReason root = reason.root();
    Origin origin = root.origin();
    List<String> lines =
        List.of(
            Long.toString(ProcessHandle.current().pid()),
            root.getClass().getSimpleName(),
            text(root),
            origin.thread(),
            origin.scope(),
            origin.place(),
            origin.when().toString());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    written = true;
    try {
      Files.write(
          create(part), lines.stream().map(Text::printable).toList(), StandardOpenOption.WRITE);
      Files.move(part, file);
    } catch (IOException e) {
      boolean _ = part.toFile().delete();
      System.getLogger(ReasonFile.class.getName())
          .log(System.Logger.Level.DEBUG, "process " + child + " is not told why", e);
    }
  }

  private static Path create(Path file) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    return Files.createFile(file, ownerOnly);
  }

  private static String text(StopReason reason) {
    return switch (reason) {
      case StopReason.Requested requested -> requested.text();
      case StopReason.DeadlinePassed passed -> passed.scope();
      case StopReason.LimitReached reached -> reached.limit();
      case StopReason.Shutdown shutdown -> shutdown.signal();
      default -> reason.why();
    };
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (written) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }

  /// {@return the reason in a file; empty if it is missing or not as we write it}
  static Optional<StopReason> read(String path) {
    try {
      Path file = Path.of(path);
      if (!Files.isRegularFile(file) || Files.size(file) > LARGEST) {
        return Optional.empty();
      }
      List<String> lines = Files.readAllLines(file);
      return lines.size() == LINES ? Optional.of(reason(lines)) : Optional.empty();
    } catch (IOException | InvalidPathException | DateTimeParseException malformed) {
      return Optional.empty();
    }
  }

  private static StopReason reason(List<String> lines) {
    String text = lines.get(2);
    Origin origin =
        new Origin(lines.get(3), lines.get(4), lines.get(5), Instant.parse(lines.get(6)));
    StopReason root =
        switch (lines.get(1)) {
          case "DeadlinePassed" -> new StopReason.DeadlinePassed(text, origin);
          case "LimitReached" -> new StopReason.LimitReached(text, origin);
          case "Shutdown" -> new StopReason.Shutdown(text, origin);
          default -> new StopReason.Requested(text, origin);
        };
    return new StopReason.ParentStopped("process " + lines.get(0), root);
  }
}
