using Confluent.Kafka;

namespace Kalinka.Common.Kafka;

/// <summary>
/// librdkafka's error codes in Kalinka's words. With an infinite <c>message.timeout.ms</c> everything that time can heal
/// is retried inside the library, so what reaches a delivery report is no matter of waiting.
/// </summary>
internal static class ProduceErrors
{
    /// <summary>What a call that was refused tells the caller.</summary>
    /// <exception cref="KafkaFailureException">The refusal is about the producer, not about the record.</exception>
    public static ProduceResult OfCall(ErrorCode code) =>
        code switch
        {
            ErrorCode.NoError => ProduceResult.Queued,
            ErrorCode.Local_QueueFull => ProduceResult.QueueFull,
            ErrorCode.MsgSizeTooLarge => ProduceResult.TooLarge,
            ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => ProduceResult.UnknownTopic,
            ErrorCode.UnknownTopicOrPart or ErrorCode.TopicException => ProduceResult.UnknownTopic,
            ErrorCode.TopicAuthorizationFailed => ProduceResult.NotAuthorized,
            _ => throw new KafkaFailureException(new Error(code).Reason),
        };

    public static RecordError OfReport(ErrorCode code) =>
        code switch
        {
            ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.RecordListTooLarge =>
                RecordError.TooLarge,
            ErrorCode.UnknownTopicOrPart
            or ErrorCode.TopicException
            or ErrorCode.UnknownTopicId
            or ErrorCode.Local_UnknownTopic
            or ErrorCode.Local_UnknownPartition => RecordError.UnknownTopic,
            ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => RecordError.NotAuthorized,
            ErrorCode.InvalidRecord
            or ErrorCode.InvalidMsg
            or ErrorCode.InvalidTimestamp
            or ErrorCode.PolicyViolation
            or ErrorCode.UnsupportedForMessageFormat
            or ErrorCode.UnsupportedCompressionType => RecordError.Invalid,
            ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight => RecordError.Purged,
            _ => RecordError.Other,
        };
}
