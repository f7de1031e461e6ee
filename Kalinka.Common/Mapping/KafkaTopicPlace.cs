namespace Kalinka.Common.Mapping;

/// <summary>
/// The name of a Kafka topic. A value is one segment; <c>{name...}</c> may be more, and its MQTT levels become
/// segments, since a name cannot hold a slash.
/// </summary>
internal sealed class KafkaTopicPlace : TemplatePlace
{
    internal override string? RefuseLiteral(ReadOnlySpan<byte> literal) =>
        KafkaTopicName.HasLegalCharacters(literal)
            ? null
            : "holds what a Kafka topic name cannot: a-z A-Z 0-9 . _ - only";

    internal override string? RefuseValue(ReadOnlySpan<byte> value, bool manyLevels) =>
        manyLevels ? null
        : value.Contains((byte)'.') ? "holds '.', which one segment of a Kafka name cannot: {name...} allows more"
        : value.Contains((byte)'/') ? "holds '/', which a Kafka name cannot: {name...} turns levels into segments"
        : null;

    internal override string? RefuseResult(ReadOnlySpan<byte> result, ReadOnlySpan<byte> literalStart, bool constant)
    {
        if (!KafkaTopicName.IsLegal(result))
        {
            return result.Length > KafkaTopicName.MaximumLength
                ? "is longer than 249 characters, too long for a Kafka topic name"
                : "is no legal Kafka topic name: 1 to 249 of a-z A-Z 0-9 . _ - and neither . nor ..";
        }

        return !constant && KafkaTopicName.IsReserved(result) && !literalStart.StartsWith("__"u8)
            ? "is a reserved topic, which no value may address"
            : null;
    }

    internal override void Append(ReadOnlySpan<byte> value, bool manyLevels, ReusableBytes into)
    {
        var target = into.Reserve(value.Length);
        value.Replace(target, (byte)'/', (byte)'.');
    }
}
