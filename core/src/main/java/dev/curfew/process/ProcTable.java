// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The process table of Linux, `/proc`.
///
/// Reads with [FileInputStream], because an interruptible channel would fail under a caller whose
/// interrupt flag is set, which is when processes are killed most often.
final class ProcTable implements ProcessTable {
  /// Linux shows times in hundredths of a second on every architecture Java runs on.
  private static final long MILLIS_PER_TICK = 10;

  private static final String OWN = "/proc/self/stat";
  private static final int LARGEST_ENVIRONMENT = 4 << 20;
  private static final int EXEC_LOOKS = 20;
  private static final long EXEC_PAUSE_NANOS = 200_000;
  private static final long KERNEL_THREADS = 2; // the process that all of them descend from
  private static final int COMMAND_SHOWN = 4_096;
  private static final byte[] MARKER =
      (Command.MARKER_VARIABLE + "=").getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ABOVE =
      (Command.ABOVE_VARIABLE + "=").getBytes(StandardCharsets.US_ASCII);

  @Override
  public @Nullable List<Row> rows() {
    String[] names = new File("/proc").list();
    if (names == null) {
      return null;
    }
    var rows = new ArrayList<Row>();
    for (String name : names) {
      if (Character.isDigit(name.charAt(0))) {
        long pid = Long.parseLong(name);
        Row row = row(pid);
        if (row != null) {
          rows.add(row);
        } else if (mayBeThere(pid)) {
          return null;
        }
      }
    }
    return rows;
  }

  /// {@return whether one that was not seen is there, and files cannot be opened; it need not be so
  /// any more when that is asked}
  private boolean mayBeThere(long pid) {
    return new File("/proc/" + pid).exists() && (!isReadable(OWN) || row(pid) != null);
  }

  @Override
  public @Nullable Row row(long pid) {
    byte[] stat = read(pid, "stat", 1_024);
    if (stat.length == 0) {
      return null;
    }
    // The name in brackets may itself hold brackets and blanks: the fields begin after the last
    // one.
    String text = new String(stat, StandardCharsets.ISO_8859_1);
    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", 21);
    if (fields.length < 21) {
      return null;
    }
    boolean ended = "ZXx".contains(fields[0]);
    // A process whose first thread has ended looks like a zombie while its other threads run on.
    boolean threadsLeft = Integer.parseInt(fields[17]) > 1;
    return new Row(
        pid,
        Long.parseLong(fields[1]),
        Long.parseLong(fields[2]),
        Long.parseLong(fields[3]),
        Long.parseLong(fields[19]),
        !ended || threadsLeft);
  }

  /// In the middle of an exec a process shows an empty environment for a moment, as kernel threads
  /// always do: it is looked at again.
  @Override
  public Set<String> markers(long pid) {
    String path = "/proc/" + pid + "/environ";
    byte[] environment = read(path, LARGEST_ENVIRONMENT);
    for (int i = 0; i < EXEC_LOOKS && environment.length == 0 && mayBeInExec(pid, path); i++) {
      LockSupport.parkNanos(EXEC_PAUSE_NANOS);
      environment = read(path, LARGEST_ENVIRONMENT);
    }
    return markers(environment);
  }

  private boolean mayBeInExec(long pid, String environ) {
    Row row = row(pid);
    return row != null
        && row.living()
        && pid != KERNEL_THREADS
        && row.parent() != KERNEL_THREADS
        && isReadable(environ);
  }

  private static boolean isReadable(String path) {
    try (var _ = new FileInputStream(path)) {
      return true;
    } catch (IOException goneOrForeign) {
      return false;
    }
  }

  static Set<String> markers(byte[] environment) {
    var all = new HashSet<String>();
    String above = value(environment, ABOVE);
    if (above != null) {
      all.addAll(List.of(above.split(Command.BETWEEN_MARKERS)));
    }
    String own = value(environment, MARKER);
    if (own != null) {
      all.add(own);
    }
    return all;
  }

  /// {@return the value of a variable in a block of those that end with zero bytes, or null}
  ///
  /// @param name with the equals sign
  private static @Nullable String value(byte[] environment, byte[] name) {
    int begin = 0;
    while (begin < environment.length) {
      int end = begin;
      while (end < environment.length && environment[end] != 0) {
        end++;
      }
      int value = begin + name.length;
      if (value <= end && startsWith(environment, begin, name)) {
        return new String(environment, value, end - value, StandardCharsets.ISO_8859_1);
      }
      begin = end + 1;
    }
    return null;
  }

  private static boolean startsWith(byte[] environment, int begin, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      if (environment[begin + i] != name[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String command(long pid) {
    byte[] line = read(pid, "cmdline", COMMAND_SHOWN);
    if (line.length == 0) {
      String name = new String(read(pid, "comm", COMMAND_SHOWN), StandardCharsets.UTF_8);
      return "[" + Text.printable(name.strip()) + "]";
    }
    String words = new String(line, StandardCharsets.UTF_8).replace('\0', ' ');
    return Text.printable(words.strip());
  }

  @Override
  public Duration age(Row row) {
    String uptime = new String(read("/proc/uptime", 100), StandardCharsets.US_ASCII);
    int point = uptime.indexOf('.');
    if (point < 0) {
      return Duration.ZERO;
    }
    long seconds = Long.parseLong(uptime.substring(0, point));
    long hundredths = Long.parseLong(uptime.substring(point + 1, point + 3));
    long ticks = seconds * 100 + hundredths - row.start();
    return Duration.ofMillis(Math.max(0, ticks * MILLIS_PER_TICK));
  }

  @Override
  public boolean showsMarkers() {
    return true;
  }

  private static byte[] read(long pid, String file, int most) {
    return read("/proc/" + pid + "/" + file, most);
  }

  /// Empty if the process is gone or belongs to somebody else.
  private static byte[] read(String path, int most) {
    try (var in = new FileInputStream(path)) {
      return in.readNBytes(most);
    } catch (IOException goneOrForeign) {
      return new byte[0];
    }
  }
}
