using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Mapping;

/// <summary>What the rules make of one record.</summary>
public sealed record SubExplanation : MappingExplanation
{
    /// <summary>The topic says <c>{broker}</c> and is not known before the client has been located.</summary>
    public bool TopicNeedsBroker { get; init; }
}
