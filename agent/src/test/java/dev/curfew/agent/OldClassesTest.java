// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.DiscontinuedInstruction.JsrInstruction;
import java.lang.classfile.instruction.DiscontinuedInstruction.RetInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Code that no compiler of today makes.
class OldClassesTest {

  private static final ClassDesc SELF = ClassDesc.of("com.acme.Old");

  private static Program program(int version, Consumer<CodeBuilder> code) {
    byte[] bytes =
        ClassFile.of()
            .build(
                SELF,
                type -> {
                  type.withVersion(version, 0);
                  type.withMethodBody(
                      "mark",
                      MethodTypeDesc.of(CD_void),
                      ClassFile.ACC_STATIC,
                      OldClassesTest::mark);
                  type.withMethodBody(
                      "run", MethodTypeDesc.of(CD_int, CD_int), ClassFile.ACC_STATIC, code);
                });
    return new Program(Map.of("com.acme.Old", bytes));
  }

  /// One round, so one check.
  private static void mark(CodeBuilder code) {
    Label again = code.newLabel();
    code.iconst_0().istore(0).labelBinding(again).iinc(0, 1).iload(0).iconst_1();
    code.if_icmplt(again).return_();
  }

  private static CodeBuilder mark(CodeBuilder code, int value) {
    return code.iinc(0, value).invokestatic(SELF, "mark", MethodTypeDesc.of(CD_void));
  }

  /// `try { mark } finally { mark }` as compilers before version 49 had it.
  private static void withSubroutine(CodeBuilder code) {
    Label start = code.newLabel();
    Label end = code.newLabel();
    Label handler = code.newLabel();
    Label finallyBlock = code.newLabel();
    Label out = code.newLabel();
    code.exceptionCatchAll(start, end, handler);
    mark(code.labelBinding(start), 1).with(JsrInstruction.of(finallyBlock)).goto_(out);
    code.labelBinding(end).labelBinding(handler).astore(1);
    code.with(JsrInstruction.of(finallyBlock)).aload(1).athrow();
    mark(code.labelBinding(finallyBlock).astore(2), 10).with(RetInstruction.of(2));
    code.labelBinding(out).iload(0).ireturn();
  }

  @ParameterizedTest
  @ValueSource(ints = {45, 46, 47, 48, 49})
  void subroutinesAreWovenAndShielded(int version) throws Throwable {
    Program program = program(version, OldClassesTest::withSubroutine);
    assertThat(program.woven("com.acme.Old").checks()).isEqualTo(1);
    StringBuilder held = new StringBuilder();
    try (Checks _ = Checks.calling(_ -> held.append(program.isHeld() ? 'H' : 'f'))) {
      assertThat(program.call("com.acme.Old", "run", 0)).isEqualTo(11);
    }
    assertThat(held).hasToString("fH");
  }

  @Test
  void loopThroughASubroutineHasACheck() {
    Program program =
        program(
            48,
            code -> {
              Label routine = code.newLabel();
              Label first = code.newLabel();
              code.goto_(first).labelBinding(routine).astore(1).iinc(0, 1).labelBinding(first);
              code.with(JsrInstruction.of(routine)).iload(0).ireturn();
            });
    stops(program);
  }

  @ParameterizedTest
  @ValueSource(ints = {48, 50})
  void switchThatLeadsBackHasACheck(int version) {
    stops(
        program(
            Math.min(version, 49),
            code -> {
              Label head = code.newLabel();
              Label out = code.newLabel();
              code.labelBinding(head).iload(0);
              List<SwitchCase> cases = List.of(SwitchCase.of(0, head), SwitchCase.of(7, out));
              if (version == 48) {
                code.tableswitch(0, 7, head, cases);
              } else {
                code.lookupswitch(head, cases);
              }
              code.labelBinding(out).iload(0).ireturn();
            }));
  }

  /// A handler before what it covers: nothing jumps back but the exception.
  @ParameterizedTest
  @ValueSource(ints = {48, 61})
  void loopOfExceptionsHasACheck(int version) {
    Program program =
        program(
            version,
            code -> {
              Label first = code.newLabel();
              Label handler = code.newLabel();
              Label start = code.newLabel();
              Label end = code.newLabel();
              code.exceptionCatch(start, end, handler, ClassDesc.of("java.lang.RuntimeException"));
              code.goto_(first).labelBinding(handler).pop().labelBinding(first);
              code.labelBinding(start).iconst_1().iconst_0().idiv().ireturn().labelBinding(end);
            });
    stops(program);
  }

  @Test
  void jumpThatIsWideHasACheck() {
    stops(
        program(
            49,
            code -> {
              Label head = code.newLabel();
              code.labelBinding(head).iinc(0, 1).branch(Opcode.GOTO_W, head);
            }));
  }

  private static void stops(Program program) {
    assertThat(program.woven("com.acme.Old").failures()).isEmpty();
    try (Checks _ = Checks.stoppingAfter(50)) {
      assertThatThrownBy(() -> program.call("com.acme.Old", "run", 0))
          .isInstanceOf(Checks.Stop.class);
    }
  }
}
