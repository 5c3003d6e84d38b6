// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import org.junit.jupiter.api.Test;

class StopNodeTest {

  private final StopNode root = StopNode.alone("root");

  private static StopReason why(String text) {
    return StopReason.requested(text);
  }

  private StopNode child(StopNode parent, String name) {
    return parent.addChild(name, this, TimeSource.system(), null);
  }

  @Test
  void aStopHasReachedTheWholeTreeWhenItReturns() {
    StopNode child = child(root, "child");
    StopNode grandchild = child(child, "grandchild");
    assertThat(root.stop(why("all"))).isTrue();
    assertThat(grandchild.reason()).isInstanceOf(StopReason.ParentStopped.class);
    assertThat(grandchild.path()).isEqualTo("root/child/grandchild");
    assertThat(grandchild.reason().chain())
        .startsWith(
            "parent root/child stopped <- parent root stopped <- requested 'all' by main"
                + " at StopNodeTest.java:");
  }

  @Test
  void theFirstReasonIsKeptAndSiblingsAndParentsStayAsTheyAre() {
    StopNode one = child(root, "one");
    StopNode two = child(root, "two");
    assertThat(one.stop(why("first"))).isTrue();
    assertThat(one.stop(why("second"))).isFalse();
    assertThat(one.reason())
        .isInstanceOfSatisfying(
            StopReason.Requested.class,
            r -> {
              assertThat(r.text()).isEqualTo("first");
            });
    assertThat(two.reason()).isNull();
    assertThat(root.reason()).isNull();
  }

  @Test
  void aChildOfAStoppedNodeIsStoppedFromTheStart() {
    root.stop(why("early"));
    StopNode late = child(root, "late");
    assertThat(late.reason()).isInstanceOf(StopReason.ParentStopped.class);
    assertThat(late.wave()).isNull();
    assertThat(late.askedNanos()).isNotZero();
  }

  @Test
  void removedChildrenAreUnlinkedFromEveryPlaceInTheList() {
    StopNode first = child(root, "first");
    StopNode middle = child(root, "middle");
    StopNode last = child(root, "last");
    middle.remove();
    middle.remove();
    assertThat(root.children()).containsExactly(last, first);
    last.remove();
    assertThat(root.children()).containsExactly(first);
    first.remove();
    assertThat(root.children()).isEmpty();
    root.stop(why("later"));
    assertThat(first.reason()).isNull();
  }

  @Test
  void callbacksOfWhatHasEndedAreNotCalledAnyMore() {
    List<String> called = new ArrayList<>();
    StopNode child = child(root, "child");
    Registration registration = child.register("never", () -> called.add("called"));
    child.remove();
    child.stop(why("too late"));
    registration.close();
    assertThat(child.wave()).isNotNull();
    assertThat(called).isEmpty();
  }

  @Test
  void theEarlierDeadlineIsInheritedOnlyOnTheSameClock() {
    Deadline soon = Deadline.after(Duration.ofSeconds(1));
    Deadline later = Deadline.after(Duration.ofSeconds(9));
    StopNode outer = root.addChild("outer", this, TimeSource.system(), soon);
    assertThat(outer.addChild("a", this, TimeSource.system(), later).deadline).isEqualTo(soon);
    assertThat(outer.addChild("b", this, TimeSource.system(), null).deadline).isEqualTo(soon);
    TimeSource other = new ManualTime();
    assertThat(outer.addChild("c", this, other, null).deadline).isNull();
  }

  @Test
  void aLeaseThatComesAfterTheStopIsToldSo() {
    Lease early = new Lease(root, Thread.currentThread(), true);
    assertThat(root.addLease(early)).isTrue();
    root.stop(why("now"));
    Lease late = new Lease(root, Thread.currentThread(), true);
    assertThat(root.addLease(late)).isFalse();
    early.discard();
    late.discard();
  }

  /// The one that finds its child stopped already may overtake the stop that did it.
  @Test
  void ofTwoStopsAtOnceEachHasReachedEverythingBelowWhenItReturns() throws InterruptedException {
    for (int round = 0; round < 300; round++) {
      StopNode top = StopNode.alone("top");
      StopNode child = child(top, "child");
      List<StopNode> deep = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        deep.add(child(child, "deep" + i));
      }
      Phaser both = new Phaser(2);
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    both.arriveAndAwaitAdvance();
                    child.stop(why("child"));
                  });
      both.arriveAndAwaitAdvance();
      top.stop(why("top"));
      assertThat(deep).allMatch(node -> node.reason() != null);
      assertThat(other.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void whoWalksTheTreeMeetsNoOwnerThatIsStillBeingMade() {
    StopNode child = child(root, "child");
    List<String> seen = new ArrayList<>();
    root.eachBelow(node -> seen.add(node.name()));
    assertThat(seen).isEmpty();
    child.ownerReady();
    root.eachBelow(node -> seen.add(node.name()));
    assertThat(seen).containsExactly("child");
  }
}
