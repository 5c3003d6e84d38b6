// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Says that a run goes on with a journal, also to those who cannot see its process: in another
/// container, or on another machine that shares the folder.
///
/// It is a lock of the system's on a file beside the journal, so that a kill gives it back. Where
/// files cannot be locked it says nothing, and the number of the process in the journal has to do.
///
/// Invariants
///
/// 1. The file is opened, and removed, by one who may write to the journal right now: nobody takes
///    a file that is about to be removed.
/// 2. It is opened once in a process, since closing any opening of a file gives back all its locks.
///
/// **Threads.** One after the other.
final class JournalLock {

  private static final Set<OpenOption> WRITE =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

  private Path path;
  private @Nullable FileChannel channel;

  JournalLock(Path journal) {
    path = journal;
  }

  /// {@return whether nobody else has it}
  boolean take() {
    try {
      Path journal = path.toRealPath(); // whatever name each run knows it by
      path = journal.resolveSibling(journal.getFileName() + "-lock");
      FileChannel opened = FileChannel.open(path, WRITE, JournalFile.forItsOwner(path));
      channel = opened;
      FileLock lock = opened.tryLock();
      if (lock == null) {
        close();
        return false;
      }
    } catch (IOException unknown) {
      close(); // no locks here
    }
    return true;
  }

  /// Gives it back, and removes the file.
  void remove() {
    if (channel == null) {
      return;
    }
    try {
      Files.deleteIfExists(path);
    } catch (IOException harmless) {
      // the next run takes the file that is there
    }
    close();
  }

  /// Gives it back.
  void close() {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException harmless) {
      // it is given back at the latest when this process ends
    }
    channel = null;
  }
}
