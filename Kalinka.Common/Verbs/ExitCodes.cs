namespace Kalinka.Common.Verbs;

/// <summary>Exit codes of the verbs; <c>run</c> has those of <see cref="Hosting.DaemonHost"/>.</summary>
public static class ExitCodes
{
    public const int Success = 0;

    /// <summary><c>explain</c>: dropped or rejected. <c>where</c>: no such client. <c>retire</c>: not yet.</summary>
    public const int Negative = 1;

    /// <summary>A mistake in the command line or the configuration, or a server that did not answer.</summary>
    public const int Mistake = 2;
}
