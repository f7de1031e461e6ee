namespace Kalinka.Common.Mapping;

/// <summary>What the rules say of one message.</summary>
public enum MappingVerdict
{
    Mapped,

    /// <summary>No rule matches.</summary>
    Unmapped,

    /// <summary>A rule matches, and what its templates make is not legal; the reason stands beside the verdict.</summary>
    Rejected,
}
