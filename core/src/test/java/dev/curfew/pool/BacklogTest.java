// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacklogTest {

  private static final int MANY = 5_000; // some segments

  private final Crew crew = new Crew("pool", PoolSettings.defaults());
  private final Backlog backlog = new Backlog();

  private Task<?> put() {
    Task<?> task = new Task<>(crew, null, () -> 1);
    backlog.put(task);
    return task;
  }

  @Test
  void theFirstPutIsTheFirstTakenFromOneSegmentToTheNext() {
    List<Task<?>> put = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      put.add(put());
    }
    List<Task<?>> taken = new ArrayList<>();
    for (Task<?> task = backlog.poll(); task != null; task = backlog.poll()) {
      taken.add(task);
    }
    assertThat(taken.equals(put)).isTrue();
    assertThat(taken).extracting(Task::number).startsWith(1L, 2L).endsWith((long) MANY);
    assertThat(backlog.isEmpty()).isTrue();
  }

  @Test
  void oneAfterTheOtherComesAndGoes() {
    for (int i = 0; i < MANY; i++) {
      assertThat(backlog.isEmpty()).isTrue();
      assertThat(backlog.poll()).isNull();
      Task<?> task = put();
      assertThat(backlog.isEmpty()).isFalse();
      assertThat(backlog.poll()).isSameAs(task);
    }
  }

  @Test
  void aNumberThatIsSkippedIsNoTask() {
    Task<?> before = put();
    assertThat(backlog.skip()).isEqualTo(2);
    Task<?> after = put();
    assertThat(after.number()).isEqualTo(3);
    assertThat(backlog.poll()).isSameAs(before);
    assertThat(backlog.poll()).isSameAs(after);
    assertThat(backlog.skip()).isEqualTo(4);
    assertThat(backlog.poll()).isNull();
  }

  @Test
  void aTaskInNoQueueIsNumberedWhenItIsFirstAskedForItsName() {
    Task<?> alone = new Task<>(crew, null, () -> 1);
    assertThat(alone.name()).isEqualTo("task-1");
    assertThat(alone.name()).isEqualTo("task-1");
    assertThat(new Task<>(crew, null, () -> 1).name()).isEqualTo("task-2");
  }
}
