// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The terminal behind one of the streams of this process.
///
/// Asked by `ioctl(TIOCGWINSZ)`, which fails for all else than a terminal; where native access is
/// not enabled, by the name that Linux has for the stream, and then `COLUMNS` tells the width.
///
/// **Threads.** Any.
final class Terminal {

  private static final int USUAL_WIDTH = 80;
  private static final int NARROWEST = 10;
  private static final long LINUX_WINDOW_SIZE = 0x5413;
  private static final long MAC_WINDOW_SIZE = 0x40087468;

  private final int stream;
  private final Map<String, String> environment;
  private final @Nullable MethodHandle ioctl;

  private Terminal(int stream, Map<String, String> environment, @Nullable MethodHandle ioctl) {
    this.stream = stream;
    this.environment = environment;
    this.ioctl = ioctl;
  }

  /// {@return the terminal behind a stream, if there is one that can move its cursor}
  ///
  /// @param stream 1 or 2
  /// @param environment where `TERM`, `NO_COLOR` and `COLUMNS` are looked for
  static Optional<Terminal> behind(int stream, Map<String, String> environment) {
    String type = environment.getOrDefault("TERM", "");
    String name = name(stream);
    // Asked first: the way into native code is long, and most streams that are none are files.
    if (type.isEmpty() || type.equals("dumb") || !name.startsWith("/dev/")) {
      return Optional.empty();
    }
    Terminal terminal = new Terminal(stream, environment, Native.ioctl());
    boolean present =
        terminal.ioctl == null
            ? name.startsWith("/dev/pts/") || name.startsWith("/dev/tty")
            : terminal.columns() >= 0;
    return present ? Optional.of(terminal) : Optional.empty();
  }

  /// {@return what the stream is called, `/dev/` where that is not told}
  private static String name(int stream) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
    } catch (IOException unknown) {
      return "/dev/";
    }
  }

  /// {@return how many columns it has now}
  int width() {
    int columns = columns();
    if (columns > 0) {
      return Math.max(NARROWEST, columns);
    }
    String told = environment.getOrDefault("COLUMNS", "");
    return told.matches("[0-9]{1,4}") ? Math.max(NARROWEST, Integer.parseInt(told)) : USUAL_WIDTH;
  }

  /// {@return whether colours are welcome, see no-color.org}
  boolean hasColors() {
    return environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /// {@return the width, 0 if it is not known, -1 if this is no terminal}
  private int columns() {
    if (ioctl == null) {
      return 0;
    }
    boolean mac = System.getProperty("os.name", "").startsWith("Mac");
    long request = mac ? MAC_WINDOW_SIZE : LINUX_WINDOW_SIZE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_SHORT, 4);
      int result = (int) ioctl.invokeExact(stream, request, size);
      return result < 0 ? -1 : Short.toUnsignedInt(size.getAtIndex(JAVA_SHORT, 1));
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException("A call of the C library threw.", impossible);
    }
  }

  /// The way to the C library.
  private static final class Native {

    private Native() {}

    /// {@return the function, null where native access is not enabled} Restricted: it is called
    /// only after asking whether native access is enabled.
    @SuppressWarnings("restricted")
    static @Nullable MethodHandle ioctl() {
      if (!Terminal.class.getModule().isNativeAccessEnabled()) {
        return null;
      }
      Linker linker = Linker.nativeLinker();
      return linker
          .defaultLookup()
          .find("ioctl")
          .map(
              address ->
                  linker.downcallHandle(
                      address,
                      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                      Linker.Option.firstVariadicArg(2)))
          .orElse(null);
    }
  }
}
