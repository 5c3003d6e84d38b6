// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is kept of jobs beside the journal, for people and scripts: their output and a log.
///
/// **Threads.** Any.
final class Records implements AutoCloseable {

  private final Task task;
  private final @Nullable Results results;
  private final @Nullable JobLog log;
  private volatile String full = "";

  private Records(Task task, @Nullable Results results, @Nullable JobLog log) {
    this.task = task;
    this.results = results;
    this.log = log;
  }

  /// Makes the files.
  static Records open(JobSettings settings, Task task, boolean resumes) {
    Results results = settings.results().map(Results::new).orElse(null);
    if (results != null) {
      results.prepare();
    }
    JobLog log = settings.jobLog().map(target -> JobLog.open(target, resumes)).orElse(null);
    return new Records(task, results, log);
  }

  /// A job has ended; called before the journal learns of it, so that a job which is on record as
  /// done has its output kept.
  ///
  /// @return how it ended: it has failed if its output could not be kept, and is to be run again if
  ///     that was for want of room
  Result ended(Item item, Result result, Spool spool) {
    Result kept = result;
    if (results != null) {
      try {
        results.keep(item, result, spool);
      } catch (IOException e) {
        String note = "its output could not be kept in --results: " + e;
        boolean noRoom = isForWantOfRoom(e);
        full = noRoom ? results.full() : full;
        kept =
            new Result(
                noRoom ? Result.End.STOPPED : Result.End.FAILED,
                result.code(),
                result.signal(),
                note,
                result.begun(),
                result.took(),
                List.of());
      }
    }
    if (log != null) {
      log.add(item, kept, spool.outputLength(), task.display(item.input()));
    }
    return kept;
  }

  private static boolean isForWantOfRoom(IOException problem) {
    String message = String.valueOf(problem.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }

  /// {@return why no further output can be kept, empty as long as it can}
  String full() {
    return full;
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
