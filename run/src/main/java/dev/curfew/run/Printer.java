// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Shows what jobs have printed: whole, one job at a time, when it ends or when its turn has come.
///
/// Invariants
///
/// 1. The output of a job comes in one piece, standard output before error output.
/// 2. With `keepOrder` the jobs come by their order, each as soon as all before it have been shown.
/// 3. A job's output is marked as printed in the journal only after it has been passed on.
/// 4. After a write has failed nothing more is written; the failure is told once. What cannot be
///    read is passed over.
/// 5. Events, and the output of those who do not wait, come in the order in which they were told,
///    and before the output of whatever is shown after them: who holds the lock, or takes it next,
///    writes them first.
///
/// Locks: `lock`, held while output is copied, which takes as long as the reader of it does.
final class Printer {

  private static final Duration LOOK = Duration.ofMillis(100);

  private final Sheet sheet;
  private final boolean keepOrder;
  private final Journal journal;
  private final Consumer<IOException> onBroken;

  private final Queue<Runnable> told = new ConcurrentLinkedQueue<>();
  private final ReentrantLock lock = new ReentrantLock();

  // guarded by lock
  private final Map<Long, Page> waiting = new TreeMap<>();
  private long turn;

  // written under lock, read by any thread
  private volatile boolean broken;
  private volatile boolean passedOver;

  /// Where the output goes, and in which form.
  interface Sheet {

    /// Writes one job's output, and hands it on to whoever reads.
    void write(Item item, Result result, Spool spool) throws IOException;

    /// {@return whether it has a form for what is not output}
    default boolean tells() {
      return false;
    }

    /// An attempt begins.
    default void begun(Item item) throws IOException {}

    /// An attempt has failed, and another one follows.
    default void again(Item item, Result result) throws IOException {}

    /// The run is being stopped.
    default void stopping(String why) throws IOException {}
  }

  /// Writes an event.
  @FunctionalInterface
  interface Event {
    void to(Sheet sheet) throws IOException;
  }

  /// What one job has left to show.
  ///
  /// @param silent whether it has printed nothing, which the journal knows by now
  record Page(Item item, Result result, Spool spool, boolean silent) {}

  Printer(Sheet sheet, boolean keepOrder, Journal journal, Consumer<IOException> onBroken) {
    this.sheet = sheet;
    this.keepOrder = keepOrder;
    this.journal = journal;
    this.onBroken = onBroken;
  }

  /// A job has ended: shows its output, or keeps it until its turn has come.
  void show(Page page) {
    lock.lock();
    try {
      writeTold();
      showNow(page);
    } finally {
      lock.unlock();
    }
    writeToldIfFree();
  }

  /// The same for one who must not wait for a reader, whatever happens.
  void showWithoutWaiting(Page page) {
    writeSoon(() -> showNow(page));
  }

  /// {@return whether readers are told what is not output}
  boolean tells() {
    return sheet.tells();
  }

  /// Something has happened that readers of events are told.
  void tell(Event event) {
    if (sheet.tells()) {
      told.add(() -> write(event));
      writeToldIfFree();
    }
  }

  /// The same for one who must not wait for a reader, whatever happens.
  void tellWithoutWaiting(Event event) {
    if (sheet.tells()) {
      writeSoon(() -> write(event));
    }
  }

  private void writeSoon(Runnable telling) {
    told.add(telling);
    Thread.ofPlatform()
        .daemon()
        .name("curfew-events")
        .start(
            () -> {
              try {
                writeToldIfFree();
              } catch (JournalException e) {
                // whoever has something to put down is told, too, and stops the run
              }
            });
  }

  private void writeToldIfFree() {
    while (!told.isEmpty() && lock.tryLock()) {
      try {
        writeTold();
      } finally {
        lock.unlock();
      }
    }
  }

  private void writeTold() {
    for (Runnable telling = told.poll(); telling != null; telling = told.poll()) {
      telling.run();
    }
  }

  private void write(Event event) {
    if (!broken) {
      try {
        event.to(sheet);
      } catch (IOException e) {
        broken(e);
      }
    }
  }

  private void broken(IOException problem) {
    broken = true;
    onBroken.accept(problem);
  }

  private void showNow(Page page) {
    if (!keepOrder) {
      print(page);
      return;
    }
    waiting.put(page.item.order(), page);
    for (Page next = waiting.remove(turn); next != null; next = waiting.remove(turn)) {
      turn++;
      print(next);
    }
    if (waiting.containsKey(page.item.order())) {
      makeRoom(page.spool);
    }
  }

  /// Any number of jobs may wait for a slow one: their outputs must not fill the memory.
  private static void makeRoom(Spool spool) {
    try {
      spool.keep();
    } catch (IOException e) {
      // it stays where it is, and is shown from there
    }
  }

  /// Shows what still waits for its turn, because jobs before it were not run.
  ///
  /// @param hurries asked again and again: whether somebody wants an end
  /// @param within how long to wait, from then on, for a reader of the output
  /// @return whether that was enough; if not, nothing more can be shown
  boolean showRest(BooleanSupplier hurries, Duration within) {
    Aside showing = Aside.begin("curfew-rest", this::writeRest);
    boolean shown = false;
    while (!shown && !hurries.getAsBoolean()) {
      shown = hasEnded(showing, LOOK);
    }
    return shown || hasEnded(showing, within);
  }

  private void writeRest() {
    lock.lock();
    try {
      writeTold();
      waiting.values().forEach(this::print);
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }

  private static boolean hasEnded(Aside showing, Duration within) {
    try {
      return showing.awaitEnd(within);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return whether nothing was kept back of what came to be shown}
  boolean hasShownAll() {
    return !broken && !passedOver;
  }

  private void print(Page page) {
    if (!broken) {
      try {
        sheet.write(page.item, page.result, page.spool);
        if (!page.silent) {
          journal.printed(page.item.key());
        }
        page.spool.delete();
        return;
      } catch (Spool.Unreadable e) {
        passedOver = true;
        Complaints.say(page.item.name() + ": what it has printed is not shown: " + e.getMessage());
      } catch (IOException e) {
        broken(e);
      }
    }
    keep(page.spool);
  }

  private static void keep(Spool spool) {
    try {
      spool.keep();
    } catch (IOException e) {
      Complaints.say("output could not be kept: " + e.getMessage());
    }
  }
}
