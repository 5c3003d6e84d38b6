// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JobDumpTest {

  private static final String HEAD =
      """
      2026-01-01 10:00:00
      Full thread dump OpenJDK 64-Bit Server VM (25 mixed mode):

      Threads class SMR info:
      _java_thread_list=0x1, length=2, elements={
      0x1, 0x2
      }

      "Reference Handler" #9 [1] daemon prio=10 tid=0x1 nid=1 waiting on condition  [0x1]
         java.lang.Thread.State: RUNNABLE
      \tat java.lang.ref.Reference.waitForReferencePendingList(java.base/Native Method)

      """;

  private static final String OWN =
      """
      "a \"daemon \" name" #31 [3] prio=5 tid=0x2 nid=3 runnable  [0x2]
         java.lang.Thread.State: RUNNABLE
      \tat app.Work.spin(Work.java:7)
      \t- locked <0x3> (a java.lang.Object)
      \tat app.Work.run(Work.java:3)

      """;

  private static final String MAIN =
      """
      "main" #1 [2] prio=5 tid=0x3 nid=2 waiting on condition  [0x4]
         java.lang.Thread.State: TIMED_WAITING (sleeping)
      """;

  private static final String TAIL =
      """
      "VM Thread" os_prio=0 cpu=1.00ms tid=0x5 nid=5 runnable

      JNI global refs: 4, weak refs: 0
      """;

  @Test
  void theMainThreadIsShownWithItsFirstFrames() {
    String frames = "\tat app.Work.dig(Work.java:1)\n".repeat(20) + "\n";

    assertThat(JobDump.job(HEAD + OWN + MAIN + frames + TAIL))
        .contains("thread main was TIMED_WAITING" + "\n    at app.Work.dig(Work.java:1)".repeat(8));
  }

  @Test
  void whereItHasEndedTheFirstThreadThatIsNoDaemonIsShown() {
    assertThat(JobDump.job(HEAD + OWN + TAIL))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .endsWith(
                        " was RUNNABLE\n    at app.Work.spin(Work.java:7)"
                            + "\n    at app.Work.run(Work.java:3)"));
  }

  @Test
  void aDumpThatWasCutMayShowNothing() {
    assertThat(JobDump.job(HEAD)).isEmpty();
    assertThat(JobDump.job("")).isEmpty();
    assertThat(JobDump.job(HEAD + MAIN)).isEmpty();
    assertThat(JobDump.job(HEAD + MAIN + "\tat app.Work.dig(Work.java:1)"))
        .contains("thread main was TIMED_WAITING\n    at app.Work.dig(Work.java:1)");
  }
}
