// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a run has started and what has ended, on disk: the next run goes on from it.
///
/// A start is on disk before its job runs; everything else is written in the order it was told, in
/// groups, by one thread. What is written survives a kill of this JVM; with `sync` a power loss
/// too. Once a write has failed every further call throws a [JournalException], so that nothing
/// starts that could not be recorded.
///
/// **Threads.** Any number may call at once.
///
/// **Stopping.** No method is a checkpoint. Waits are bounded, and an interrupt is kept, not
/// answered, since nobody could say whether what was asked for has been written.
final class Journal {

  /// Where a job stands.
  enum State {
    STARTED(0),
    DONE(1),
    FAILED(2),
    STOPPED(3),
    ABANDONED(4);

    private final int code;

    State(int code) {
      this.code = code;
    }

    /// {@return what stands for it in the file; part of the format}
    int code() {
      return code;
    }

    static State of(int code) {
      for (State state : values()) {
        if (state.code == code) {
          return state;
        }
      }
      throw new JournalException("The journal knows no state " + code + ": it is damaged");
    }
  }

  /// What to do with a journal that is there.
  enum Mode {
    /// Replace it if it is complete.
    FRESH,
    /// Go on from it.
    RESUME,
    /// Begin one that nobody goes on from: it need not survive this process.
    UNKEPT
  }

  /// What a run notes about itself.
  ///
  /// @param sync whether each write is on the disk, not just with the system, before it counts
  /// @param outputs the folder of the jobs' outputs
  /// @param command what the run was asked to do, for people
  record About(boolean sync, String outputs, String command) {}

  /// A job is about to run.
  ///
  /// @param input kept as a label, only its beginning if it is long
  /// @param marker what the job's processes carry in their environment
  /// @param output the name of the file with the job's output
  record Start(JobKey key, Input input, String marker, String output, Instant begun) {}

  /// A job has ended.
  ///
  /// @param counted whether this was an attempt; being stopped is none
  /// @param exit the exit code, if there was one
  /// @param signal the number of the signal that ended it, if one did
  /// @param note what people should know, such as why it failed
  record End(
      JobKey key,
      State state,
      boolean counted,
      Instant ended,
      @Nullable Integer exit,
      @Nullable Integer signal,
      @Nullable String note) {}

  /// All that is known of a job.
  ///
  /// @param attempts how many attempts counted
  /// @param kills how often it was in flight when the runner was killed
  /// @param process its process, if one was started and noted
  /// @param outputs the folder of the output, that of the run which started the job
  /// @param printed whether the output was passed on
  /// @param end how it ended, if it has
  record Row(
      JobKey key,
      State state,
      Input input,
      int attempts,
      int kills,
      String marker,
      @Nullable ProcessMark process,
      String outputs,
      String output,
      boolean printed,
      Instant begun,
      @Nullable End end) {

    /// {@return how often it was in flight, for people}
    String killsInWords() {
      return "in flight at " + kills + (kills == 1 ? " kill" : " kills") + " of the runner";
    }
  }

  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final JournalFile file;
  private final JournalWriter writer;
  private final Object reading = new Object();
  private final Connection reader;
  private final PreparedStatement find;

  private Journal(JournalFile file, JournalWriter writer) throws SQLException {
    this.file = file;
    this.writer = writer;
    reader = file.connectToRead();
    find = reader.prepareStatement(Rows.SELECT + " WHERE job.key = ? AND job.nth = ?");
  }

  /// {@return the journal, taken for this process}
  ///
  /// @throws UserError if the file is not there, no journal, unfinished, or held by another run
  static Journal open(Path path, Mode mode, About about) {
    JournalFile file = new JournalFile(path, mode != Mode.UNKEPT);
    Connection connection = file.connectToClaim(mode, about.sync());
    JournalLock lock = new JournalLock(path);
    boolean claimed = false;
    try {
      long run = new JournalClaim(path, connection, lock).take(mode, about);
      JournalWriter writer = new JournalWriter(file, connection, lock, run);
      Journal journal = new Journal(file, writer);
      writer.start();
      claimed = true;
      return journal;
    } catch (SQLException failure) {
      throw file.refused(failure);
    } finally {
      if (!claimed) {
        lock.close();
        JournalFile.close(connection);
      }
    }
  }

  /// {@return what was in flight when the runner was killed, and has not been started again}
  List<Row> inFlight() {
    return list(" WHERE job.state = 0 AND job.ended IS NULL AND job.run < " + writer.run());
  }

  /// {@return what an earlier run could not stop, and has not been started again}
  List<Row> abandoned() {
    return list(" WHERE job.state = 4 AND job.run < " + writer.run());
  }

  /// {@return what has ended, but its output was not passed on}
  List<Row> unprinted() {
    return list(" WHERE job.state <> 0 AND job.printed = 0");
  }

  /// {@return the folders of the outputs of all earlier runs}
  List<Path> earlierOutputs() {
    List<Path> folders = new ArrayList<>();
    query(
        "SELECT DISTINCT outputs FROM run WHERE id < " + writer.run(),
        row -> folders.add(Path.of(row.getString(1))));
    return folders;
  }

  /// {@return what is known of a job; what was told and is not yet written is not seen}
  Optional<Row> find(JobKey key) {
    writer.check();
    synchronized (reading) {
      try {
        find.setBytes(1, key.bytes());
        find.setInt(2, key.nth());
        try (ResultSet row = find.executeQuery()) {
          return row.next() ? Optional.of(Rows.read(row)) : Optional.empty();
        }
      } catch (SQLException failure) {
        throw file.failed("read", failure);
      }
    }
  }

  /// Notes that jobs are about to run; returns once that is on disk.
  void start(List<Start> starts) {
    awaitWritten(startSoon(starts));
  }

  /// Notes that jobs are about to run, for one who waits later, before he runs them.
  ///
  /// @return what to wait for
  long startSoon(List<Start> starts) {
    return writer.add(starts.stream().map(JournalWriter.Begun::new).toList());
  }

  /// Waits until starts are on disk.
  ///
  /// @param place from [#startSoon]
  void awaitWritten(long place) {
    writer.await(place, PATIENCE);
  }

  /// Notes the process of a job.
  ///
  /// @param start see [ProcessMark]
  void spawned(JobKey key, long pid, long start) {
    writer.add(List.of(new JournalWriter.Spawned(key, pid, start)));
  }

  /// Notes how a job ended whose output is still to be passed on.
  ///
  /// @param keep makes sure that a later run finds the output; called right before the end is on
  ///     disk, by the thread that writes, which is held up by it
  void end(End end, Runnable keep) {
    writer.add(List.of(new JournalWriter.Ended(end, false, keep)));
  }

  /// Notes how a job ended that has printed nothing.
  void endSilent(End end) {
    writer.add(List.of(new JournalWriter.Ended(end, true, () -> {})));
  }

  /// Notes that the output of a job was passed on.
  void printed(JobKey key) {
    writer.add(List.of(new JournalWriter.Printed(key)));
  }

  /// Waits until all that was told so far is on disk.
  void flush(Duration within) {
    writer.await(writer.last(), within);
  }

  /// {@return how many jobs are in which state, over all runs, as far as written}
  Map<State, Long> counts() {
    writer.check();
    Map<State, Long> counts = new EnumMap<>(State.class);
    for (State state : State.values()) {
      counts.put(state, 0L);
    }
    String sql = "SELECT state, count(*) FROM job GROUP BY state";
    query(sql, row -> counts.put(State.of(row.getInt(1)), row.getLong(2)));
    return counts;
  }

  /// Shows the jobs in these states, in the order of their inputs.
  void rows(Set<State> states, Consumer<Row> visitor) {
    writer.check();
    String in = String.join(",", states.stream().map(s -> Integer.toString(s.code())).toList());
    query(
        Rows.SELECT + " WHERE job.state IN (" + in + ") ORDER BY job.number",
        row -> visitor.accept(Rows.read(row)));
  }

  /// Writes what is left, ends the run and closes the file; a second call does nothing.
  ///
  /// @param complete whether nothing is left to do, so that the next run may replace the journal
  void close(boolean complete, Duration within) {
    synchronized (reading) {
      JournalFile.close(reader);
    }
    writer.close(complete, within);
  }

  private List<Row> list(String where) {
    writer.check();
    List<Row> rows = new ArrayList<>();
    query(Rows.SELECT + where + " ORDER BY job.number", row -> rows.add(Rows.read(row)));
    return rows;
  }

  /// On a connection of its own, so that a long report holds nobody up.
  private void query(String sql, Rows.Visitor visitor) {
    try (Connection connection = file.connectToRead();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        visitor.visit(row);
      }
    } catch (SQLException failure) {
      throw file.failed("read", failure);
    }
  }
}
