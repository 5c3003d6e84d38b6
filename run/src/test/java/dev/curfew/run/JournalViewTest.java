// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.run.Journal.About;
import dev.curfew.run.Journal.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalViewTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final About ABOUT = new About(false, "out", "wc {}");

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void makeAJournal() {
    path = folder.resolve("curfew.journal");
    Journal journal = Journal.open(path, Mode.FRESH, ABOUT);
    journal.start(List.of(JournalTest.start(1)));
    journal.endSilent(JournalTest.done(1));
    journal.close(false, SOON);
  }

  @Test
  void aRunThatBeginsWhileOneLooksIsSaid() {
    try (JournalView view = JournalView.open(path)) {
      view.check();
      Journal journal = Journal.open(path, Mode.RESUME, ABOUT);
      journal.start(List.of(JournalTest.start(2)));
      assertThatThrownBy(view::check)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("A run has begun with the journal " + path + " meanwhile");
      journal.close(false, SOON);
      assertThatThrownBy(view::check).hasMessageContaining("meanwhile");
    }
  }

  @Test
  void ofARunThatGoesOnOneMomentIsSeenAndItsWritesGoOn() throws IOException {
    Journal journal = Journal.open(path, Mode.RESUME, ABOUT);
    try (JournalView view = JournalView.open(path)) {
      assertThat(view.counts()).containsEntry(Journal.State.DONE, 1L);
      JournalView.LastRun run = view.lastRun();
      assertThat(run).isNotNull();
      assertThat(run.isGoingOn()).isTrue();
      journal.start(List.of(JournalTest.start(2), JournalTest.start(3)));
      journal.endSilent(JournalTest.done(2));
      journal.flush(SOON);

      List<Long> numbers = new ArrayList<>();
      view.rows("1", List.of(), (row, _) -> numbers.add(row.input().number()));
      assertThat(numbers).containsExactly(1L);
      view.check();
    }
    journal.close(false, SOON);
    try (JournalView view = JournalView.open(path)) {
      assertThat(view.counts()).containsEntry(Journal.State.DONE, 2L);
      JournalView.LastRun run = view.lastRun();
      assertThat(run).isNotNull();
      assertThat(run.isGoingOn()).isFalse();
      assertThat(run.complete()).isFalse();
    }
  }
}
