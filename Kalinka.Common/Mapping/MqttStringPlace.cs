using System.Text.Unicode;

namespace Kalinka.Common.Mapping;

/// <summary>A UTF-8 string of MQTT [MQTT-1.5.4]: at most 65,535 bytes, well-formed, without NUL.</summary>
internal sealed class MqttStringPlace(bool mayBeEmpty) : TemplatePlace
{
    internal override string? RefuseLiteral(ReadOnlySpan<byte> literal) => RefuseValue(literal, manyLevels: true);

    internal override string? RefuseValue(ReadOnlySpan<byte> value, bool manyLevels) =>
        value.Contains((byte)0) ? "holds NUL"
        : Utf8.IsValid(value) ? null
        : "is not well-formed UTF-8";

    internal override string? RefuseResult(ReadOnlySpan<byte> result, ReadOnlySpan<byte> literalStart, bool constant) =>
        result.Length > ushort.MaxValue ? "is longer than 65,535 bytes"
        : result.IsEmpty && !mayBeEmpty ? "is empty"
        : null;
}
