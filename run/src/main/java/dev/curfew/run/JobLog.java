// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// One line per job that has ended, in the format of GNU parallel's `--joblog`, for people and
/// scripts that know it. Killed and stopped jobs are in it, too.
///
/// Nothing in a line can be taken for a tab or the end of a line: commands are quoted.
///
/// **Threads.** Any.
final class JobLog implements AutoCloseable {

  private static final String HEADER =
      "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

  /// Where it goes.
  ///
  /// @param goesOn whether lines are added to those that are there
  record Target(Path file, boolean goesOn) {

    /// {@return the target that the text asks for}
    ///
    /// @param text the file, with a `+` in front to add to it
    static Target parse(String text) {
      if (text.isEmpty() || text.equals("+")) {
        throw new IllegalArgumentException("it needs the name of a file, or + and the name");
      }
      return text.startsWith("+")
          ? new Target(Path.of(text.substring(1)), true)
          : new Target(Path.of(text), false);
    }

    /// Refuses a file that cannot be written, before anything is started.
    void check() {
      Path parent = file.toAbsolutePath().getParent();
      if (parent == null || !Files.isDirectory(parent)) {
        throw new UserError("--joblog " + file + ": the folder " + parent + " does not exist");
      }
      if (Files.isDirectory(file) || !Files.isWritable(Files.exists(file) ? file : parent)) {
        throw new UserError("--joblog " + file + ": a file cannot be written there");
      }
    }
  }

  private final Path file;
  private final FileOutputStream out;
  private boolean broken;

  private JobLog(Path file, FileOutputStream out) {
    this.file = file;
    this.out = out;
  }

  /// Opens the file.
  ///
  /// @param resumes whether the run goes on from an earlier one, whose lines are kept
  static JobLog open(Target target, boolean resumes) {
    try {
      boolean goesOn = target.goesOn() || resumes;
      FileOutputStream out = new FileOutputStream(target.file().toFile(), goesOn);
      JobLog log = new JobLog(target.file(), out);
      if (Files.size(target.file()) == 0) {
        log.write(HEADER);
      }
      return log;
    } catch (IOException e) {
      throw new UserError("--joblog " + target.file() + " cannot be written: " + e.getMessage());
    }
  }

  /// Adds a line, which is written at once.
  ///
  /// @param printed how many bytes the job has printed on standard output
  void add(Item item, Result result, long printed, String command) {
    String line =
        String.format(
            Locale.ROOT,
            "%d\t:\t%.3f\t%10.3f\t0\t%d\t%d\t%d\t%s%n",
            item.input().number(),
            result.begun().toEpochMilli() / 1e3,
            result.took().toNanos() / 1e9,
            printed,
            exitValue(result),
            result.signal(),
            command);
    write(line);
  }

  /// A time-out is -1 as with GNU parallel, even if the job has answered it with code 0.
  private static int exitValue(Result result) {
    if (result.end() == Result.End.TIMED_OUT) {
      return -1;
    }
    if (result.code() >= 0) {
      return result.code();
    }
    return result.signal() > 0 && result.end() == Result.End.FAILED ? 0 : -1;
  }

  private synchronized void write(String line) {
    if (broken) {
      return;
    }
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      broken = true;
      Complaints.say("the job log " + file + " cannot be written: " + e.getMessage());
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      Complaints.say("the job log " + file + " cannot be closed: " + e.getMessage());
    }
    broken = true;
  }
}
