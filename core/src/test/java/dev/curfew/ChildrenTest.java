// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChildrenTest {

  private static final int MANY = 1_000;

  private final StopNode root = StopNode.alone("root");

  private StopNode fork(String name) {
    return root.addFork(name, this, Thread.currentThread(), false);
  }

  @Test
  void theNewestComesFirstHoweverManyThereAre() {
    List<StopNode> added = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      added.add(fork("fork-" + i));
    }
    List<StopNode> found = root.children();
    assertThat(found).containsExactlyInAnyOrderElementsOf(added);
    assertThat(found.getFirst().name()).isEqualTo("fork-" + (MANY - 1));
  }

  @Test
  void oneThatStaysIsFoundWhileManyComeAndGo() {
    StopNode stays = fork("stays");
    for (int i = 0; i < MANY; i++) {
      StopNode goes = fork("goes");
      assertThat(root.children()).containsExactly(goes, stays);
      goes.remove();
    }
    assertThat(root.children()).containsExactly(stays);
  }

  @Test
  void oneThatHasLeftTakesNobodyWithIt() {
    StopNode leaves = fork("leaves");
    leaves.remove();
    List<StopNode> stay = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      stay.add(fork("stays"));
    }
    leaves.remove();
    assertThat(root.children()).containsExactlyInAnyOrderElementsOf(stay);
  }

  @Test
  void aStopReachesThoseOfTheOpenerAndThoseOfOthers() {
    StopNode mine = fork("mine");
    StopNode other = root.addChild("other", this, TimeSource.system(), null);
    root.stop(StopReason.requested("both"));
    assertThat(List.of(mine, other)).allMatch(child -> child.reason() != null);
  }

  @Test
  void oneThatTheStopHasPassedByFollowsAsSoonAsItLooksAbove() {
    root.stop(StopReason.requested("early"));
    StopNode late = fork("late");
    assertThat(late.lookAbove()).isInstanceOf(StopReason.ParentStopped.class);
    assertThat(late.wave()).isNull();
    assertThat(late.askedNanos()).isNotZero();
    assertThat(late.lookAbove()).isSameAs(late.reason());
  }
}
