namespace Kalinka.Common.Mapping;

/// <summary>An MQTT topic name. A value is one level; <c>{name...}</c> may be more.</summary>
internal sealed class MqttTopicPlace : TemplatePlace
{
    internal override string? RefuseLiteral(ReadOnlySpan<byte> literal) =>
        MqttTopicName.ProblemInPart(literal, manyLevels: true);

    internal override string? RefuseValue(ReadOnlySpan<byte> value, bool manyLevels) =>
        MqttTopicName.ProblemInPart(value, manyLevels);

    internal override string? RefuseResult(ReadOnlySpan<byte> result, ReadOnlySpan<byte> literalStart, bool constant)
    {
        // The parts have been checked: what is left is what only the whole can be.
        if (result.IsEmpty || result.Length > MqttTopicName.MaximumLength)
        {
            return MqttTopicName.Problem(result);
        }

        // $SYS, $share and their like are not for values to address.
        return result[0] == (byte)'$' && literalStart.IsEmpty ? "begins with '$' through a value" : null;
    }
}
