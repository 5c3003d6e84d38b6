// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The one thread that writes to the journal.
///
/// Invariants
///
/// 1. Entries are written in the order in which they were added, all that wait in one transaction:
///    at once if somebody waits for one of them, else when a few milliseconds' worth are there.
/// 2. `committed` counts the entries that are on disk, and never runs ahead of them.
/// 3. Once `failure` is set nothing is written any more, nobody waits any more, and every call says
///    so.
/// 4. The connection and the journal's lock are used by the writing thread only, and closed by it;
///    the lock is given back when the journal is closed, also if nothing can be written before.
///
/// Locks: one, never held while the database works.
final class JournalWriter {

  /// Something to write.
  sealed interface Entry {}

  record Begun(Journal.Start start) implements Entry {}

  record Spawned(JobKey key, long pid, long start) implements Entry {}

  /// A job has ended.
  ///
  /// @param first what has to be done before that is on disk
  record Ended(Journal.End end, boolean printed, Runnable first) implements Entry {}

  record Printed(JobKey key) implements Entry {}

  private record RunEnded(boolean complete) implements Entry {}

  private static final int MOST_WAITING = 65_536;
  private static final int LABEL = 512;
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /// A kill of this JVM can take so much: jobs that ended within it count as in flight.
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final int ENOUGH = 1_024;

  private static final String BEGUN =
      "INSERT INTO job (key, nth, state, run, number, input, marker, output, begun)"
          + " VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?) ON CONFLICT (key, nth) DO UPDATE SET state = 0,"
          + " run = excluded.run, number = excluded.number, input = excluded.input,"
          + " marker = excluded.marker, output = excluded.output, begun = excluded.begun,"
          + " pid = NULL, pid_start = NULL, ended = NULL, exit = NULL, signal = NULL, note = NULL,"
          + " printed = 0";
  private static final String SPAWNED =
      "UPDATE job SET pid = ?, pid_start = ? WHERE key = ? AND nth = ?";
  private static final String ENDED =
      "UPDATE job SET state = ?, attempts = attempts + ?, ended = ?, exit = ?, signal = ?,"
          + " note = ?, printed = ? WHERE key = ? AND nth = ?";
  private static final String PRINTED = "UPDATE job SET printed = 1 WHERE key = ? AND nth = ?";
  private static final String RUN_ENDED = "UPDATE run SET ended = ?, complete = ? WHERE id = ?";

  private final JournalFile file;
  private final Connection connection;
  private final JournalLock heldByRun;
  private final long run;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition progress = lock.newCondition();

  // guarded by the lock
  private List<Entry> waiting = new ArrayList<>();
  private long added;
  private long committed;
  private long awaited;
  private boolean closed;
  private @Nullable JournalException failure;

  // the writing thread only
  private final PreparedStatement begun;
  private final PreparedStatement spawned;
  private final PreparedStatement ended;
  private final PreparedStatement printed;

  JournalWriter(JournalFile file, Connection connection, JournalLock held, long run)
      throws SQLException {
    this.file = file;
    this.connection = connection;
    this.heldByRun = held;
    this.run = run;
    // Else the driver tries to begin a transaction of its own for every statement.
    connection.setAutoCommit(false);
    begun = connection.prepareStatement(BEGUN);
    spawned = connection.prepareStatement(SPAWNED);
    ended = connection.prepareStatement(ENDED);
    printed = connection.prepareStatement(PRINTED);
    thread = Thread.ofPlatform().daemon().name("curfew-journal").unstarted(this::write);
  }

  void start() {
    thread.start();
  }

  /// {@return the number of the run}
  long run() {
    return run;
  }

  /// {@return the place of the last of these entries, for `await`}
  long add(List<? extends Entry> entries) {
    lock.lock();
    try {
      long until = System.nanoTime() + Journal.PATIENCE.toNanos();
      until(progress, () -> waiting.size() < MOST_WAITING || failure != null, until);
      if (closed) {
        throw new JournalException("The journal " + file.path() + " is closed");
      }
      if (failure != null) {
        throw again(failure);
      }
      if (waiting.isEmpty()) {
        work.signal();
      }
      waiting.addAll(entries);
      added += entries.size();
      return added;
    } finally {
      lock.unlock();
    }
  }

  /// {@return the place of the last entry}
  long last() {
    lock.lock();
    try {
      return added;
    } finally {
      lock.unlock();
    }
  }

  /// Throws if a write has failed.
  void check() {
    lock.lock();
    try {
      if (failure != null) {
        throw again(failure);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the entries up to a place are on disk.
  void await(long place, Duration within) {
    lock.lock();
    try {
      if (place > awaited) {
        awaited = place;
        work.signal();
      }
      long until = System.nanoTime() + within.toNanos();
      boolean written = until(progress, () -> committed >= place || failure != null, until);
      if (committed >= place) {
        return;
      }
      if (failure != null) {
        throw again(failure);
      }
      if (!written) {
        throw new JournalException(
            "The journal " + file.path() + " was not written within " + Amount.text(within));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Ends the run and the thread.
  void close(boolean complete, Duration within) {
    long place;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      place = failure == null ? add(List.of(new RunEnded(complete))) : added;
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    await(place, within);
    // Only the closing of the file is left.
    joinThread();
  }

  private void joinThread() {
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(Journal.PATIENCE);
    } catch (InterruptedException whileEnding) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// {@return whether the condition came true in time; an interrupt is kept for later}
  private boolean until(Condition signal, BooleanSupplier condition, long until) {
    boolean interrupted = false;
    try {
      while (!condition.getAsBoolean()) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          signal.awaitNanos(left);
        } catch (InterruptedException kept) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private JournalException again(JournalException first) {
    return new JournalException(String.valueOf(first.getMessage()), first);
  }

  private void write() {
    JournalException end =
        new JournalException("The journal " + file.path() + " is no longer written");
    try {
      List<Entry> entries = take();
      while (!entries.isEmpty()) {
        commit(entries);
        entries = take();
      }
    } catch (SQLException broken) {
      end = file.failed("written", broken);
    } finally {
      end(end);
      JournalFile.close(connection);
      awaitClosed();
      heldByRun.close();
    }
  }

  /// After a failure the run's jobs may go on for a while: nobody else begins them meanwhile.
  private void awaitClosed() {
    lock.lock();
    try {
      boolean over = false;
      while (!over) {
        over = until(work, () -> closed, System.nanoTime() + IDLE_NANOS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// {@return all that waits; nothing once the journal is closed}
  private List<Entry> take() {
    lock.lock();
    try {
      boolean some = false;
      while (!some) {
        some = until(work, () -> !waiting.isEmpty() || closed, System.nanoTime() + IDLE_NANOS);
      }
      boolean _ = until(work, this::isPressing, System.nanoTime() + GATHER_NANOS);
      List<Entry> taken = waiting;
      waiting = new ArrayList<>(Math.min(taken.size(), 1_024));
      progress.signalAll();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private boolean isPressing() {
    return awaited > committed || waiting.size() >= ENOUGH || closed;
  }

  private void end(JournalException reason) {
    lock.lock();
    try {
      failure = reason;
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void commit(List<Entry> entries) throws SQLException {
    for (Entry entry : entries) {
      switch (entry) {
        case Begun(Journal.Start start) -> write(start);
        case Spawned one -> write(one);
        case Ended one -> {
          one.first.run();
          write(one);
        }
        case Printed(JobKey key) -> {
          setKey(printed, 1, key);
          printed.executeUpdate();
        }
        case RunEnded(boolean complete) -> endRun(complete);
      }
    }
    connection.commit();
    lock.lock();
    try {
      committed += entries.size();
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void write(Journal.Start start) throws SQLException {
    byte[] label = start.input().bytes();
    setKey(begun, 1, start.key());
    begun.setLong(3, run);
    begun.setLong(4, start.input().number());
    begun.setBytes(5, label.length > LABEL ? Arrays.copyOf(label, LABEL) : label);
    begun.setString(6, start.marker());
    begun.setString(7, start.output());
    begun.setLong(8, start.begun().toEpochMilli());
    begun.executeUpdate();
  }

  private void write(Spawned one) throws SQLException {
    spawned.setLong(1, one.pid());
    spawned.setLong(2, one.start());
    setKey(spawned, 3, one.key());
    spawned.executeUpdate();
  }

  private void write(Ended one) throws SQLException {
    Journal.End end = one.end();
    ended.setInt(1, end.state().code());
    ended.setInt(2, end.counted() ? 1 : 0);
    ended.setLong(3, end.ended().toEpochMilli());
    setNumber(4, end.exit());
    setNumber(5, end.signal());
    ended.setString(6, end.note());
    ended.setBoolean(7, one.printed());
    setKey(ended, 8, end.key());
    ended.executeUpdate();
  }

  private void setNumber(int index, @Nullable Integer number) throws SQLException {
    if (number == null) {
      ended.setNull(index, Types.INTEGER);
    } else {
      ended.setInt(index, number);
    }
  }

  private void endRun(boolean complete) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RUN_ENDED)) {
      statement.setLong(1, Instant.now().toEpochMilli());
      statement.setBoolean(2, complete);
      statement.setLong(3, run);
      statement.executeUpdate();
    }
    heldByRun.remove(); // not after the commit: the next run may take it then
  }

  private static void setKey(PreparedStatement statement, int index, JobKey key)
      throws SQLException {
    statement.setBytes(index, key.bytes());
    statement.setInt(index + 1, key.nth());
  }
}
