using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Kalinka.Tests.Architecture;

/// <summary>The metadata tokens among the operands of a method body (ECMA-335 III.1.2).</summary>
internal static class InstructionTokens
{
    private const byte TwoBytePrefix = 0xFE;

    private static readonly Dictionary<ushort, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value, code => code.OperandType);

    public static IEnumerable<EntityHandle> Of(BlobReader instructions)
    {
        var tokens = new List<EntityHandle>();
        while (instructions.RemainingBytes > 0)
        {
            ushort code = instructions.ReadByte();
            if (code == TwoBytePrefix)
            {
                code = (ushort)((code << 8) | instructions.ReadByte());
            }
            ReadOperand(ref instructions, Operands[code], tokens);
        }
        return tokens;
    }

    private static void ReadOperand(ref BlobReader instructions, OperandType operand, List<EntityHandle> tokens)
    {
        switch (operand)
        {
            case OperandType.InlineField
            or OperandType.InlineMethod
            or OperandType.InlineSig
            or OperandType.InlineTok
            or OperandType.InlineType:
                tokens.Add(MetadataTokens.EntityHandle(instructions.ReadInt32()));
                break;
            case OperandType.InlineSwitch:
                var targets = instructions.ReadInt32();
                instructions.Offset += targets * sizeof(int);
                break;
            default:
                instructions.Offset += SizeOf(operand);
                break;
        }
    }

    private static int SizeOf(OperandType operand) =>
        operand switch
        {
            OperandType.InlineNone => 0,
            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
            OperandType.InlineVar => 2,
            OperandType.InlineI8 or OperandType.InlineR => 8,
            _ => 4,
        };
}
