// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Puts down how jobs end: in the journal, in the counts, for people, and for `--halt`.
///
/// Invariants
///
/// 1. An end is on its way to the journal before its output is shown. When it is there, the output
///    has been shown or is in files: a later run shows what this one did not come to show.
/// 2. A job that has printed nothing needs no second record saying that this was shown, unless
///    readers are told of its end all the same.
///
/// Locks: none of its own; the journal, the tally and the printer have theirs.
final class Book {

  private final RunSettings settings;
  private final Feed feed;
  private final Journal journal;
  private final Printer printer;
  private final Records records;
  private final Tally tally = new Tally();

  // any thread
  private volatile boolean outputStuck;
  private volatile boolean saidThatNotKept;

  Book(RunSettings settings, Feed feed, Journal journal, Printer printer, Records records) {
    this.settings = settings;
    this.feed = feed;
    this.journal = journal;
    this.printer = printer;
    this.records = records;
  }

  /// An attempt begins.
  void begun(Item item) {
    printer.tell(sheet -> sheet.begun(item));
  }

  /// The run is being stopped.
  void stopping(String why) {
    printer.tellWithoutWaiting(sheet -> sheet.stopping(why));
  }

  /// A job has ended for good. Waits until its output, if it is next, has been passed on.
  ///
  /// @param onHalt called if that halts the run
  void ended(Item item, Spool spool, Result ended, Consumer<Halt.How> onHalt) {
    printer.show(putDown(item, spool, ended));
    halt().ifPresent(onHalt);
  }

  /// The same for a job that somebody else has given up, who must not wait for a reader.
  void givenUp(Item item, Spool spool, Result ended, Consumer<Halt.How> onHalt) {
    printer.showWithoutWaiting(putDown(item, spool, ended));
    halt().ifPresent(onHalt);
  }

  private Printer.Page putDown(Item item, Spool spool, Result ended) {
    Result result = records.ended(item, ended, spool);
    boolean silent = spool.isEmpty() && !printer.tells();
    if (silent) {
      journal.endSilent(end(item, result));
    } else {
      journal.end(end(item, result), () -> keep(item, spool));
    }
    tally.add(result);
    if (result.isFailure() || result.isUnfinished()) {
      Complaints.say(item.name() + " " + result.word() + ": " + result.note());
    }
    return new Printer.Page(item, result, spool, silent);
  }

  /// Most outputs are shown before their end is on disk, and need no file.
  private void keep(Item item, Spool spool) {
    if (settings.journal().isEmpty()) {
      return; // nobody will ask for it later
    }
    try {
      spool.keep();
    } catch (IOException e) {
      if (!saidThatNotKept) {
        saidThatNotKept = true;
        Complaints.sayWithoutWaiting(
            item.name()
                + ": a kill of the runner would lose its output, which cannot be kept until it is"
                + " shown: "
                + e.getMessage());
      }
    }
  }

  /// A job has failed and waits for its next try; what it has printed is thrown away. Until then it
  /// is on record as stopped, so that a later run takes it up if this one does not come to it.
  void tryAgain(Turn next, Spool spool, Result result, Duration wait) {
    Item item = next.item();
    String note = result.word() + " (" + result.note() + "), not tried again yet";
    Journal.End failed = end(item, result);
    journal.endSilent(
        new Journal.End(
            failed.key(),
            Journal.State.STOPPED,
            true,
            failed.ended(),
            failed.exit(),
            failed.signal(),
            note));
    printer.tell(sheet -> sheet.again(item, result));
    spool.reset();
    if (!wait.isZero()) {
      Complaints.say(
          item.name()
              + " "
              + result.word()
              + ": "
              + result.note()
              + "; try "
              + next.number()
              + " of "
              + settings.tries()
              + " in "
              + Amount.text(wait));
    }
  }

  /// A job that has waited for its next try is started.
  void triedAgain(Item item) {
    journal.start(List.of(Feed.started(item)));
  }

  /// A job that has failed does not get its next try in this run.
  void notTriedAgain(Turn next) {
    tally.add(new Watch().end(Result.End.STOPPED, -1, 0, "", List.of()));
    Complaints.say(
        next.item().name() + " stopped: it had failed, and waited for try " + next.number());
  }

  /// A job was put down as started and never was.
  void notBegun(Item item) {
    Result result = new Watch().end(Result.End.STOPPED, -1, 0, "not begun", List.of());
    journal.endSilent(end(item, result));
    tally.add(result);
  }

  /// The run is over: shows what is left to show.
  ///
  /// @param hurries asked again and again: whether somebody wants an end
  /// @param within how long to wait, from then on, for a reader of the output
  void close(BooleanSupplier hurries, Duration within) {
    outputStuck = !printer.showRest(hurries, within);
    if (outputStuck) {
      String later = settings.journal().isPresent() ? "; --resume shows it" : "";
      Complaints.say("nobody reads the output: some of it is not shown" + later);
    }
  }

  private Optional<Halt.How> halt() {
    if (settings.halt() instanceof Halt.Never) {
      return Optional.empty();
    }
    return settings.halt().judge(tally.ended(), tally.failed(), tally.done(), feed.total());
  }

  private static Journal.End end(Item item, Result result) {
    return new Journal.End(
        item.key(),
        switch (result.end()) {
          case DONE -> Journal.State.DONE;
          case FAILED, TIMED_OUT -> Journal.State.FAILED;
          case STOPPED -> Journal.State.STOPPED;
          case ABANDONED -> Journal.State.ABANDONED;
        },
        result.isDone() || result.isFailure(),
        Instant.now(),
        result.code() >= 0 ? result.code() : null,
        result.signal() > 0 ? result.signal() : null,
        result.note().isEmpty() ? null : result.note());
  }

  /// {@return why the run cannot go on, empty as long as it can}
  String broken() {
    return records.full();
  }

  Tally tally() {
    return tally;
  }

  /// {@return whether all that jobs have printed was passed on}
  boolean hasShownAll() {
    return !outputStuck && printer.hasShownAll();
  }
}
