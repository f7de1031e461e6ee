namespace Kalinka.Common.Directory;

/// <summary>The outcomes of changes that are under way together. Any thread.</summary>
internal sealed class ChangeBatch(int changes)
{
    private readonly ChangeOutcome[] _outcomes = new ChangeOutcome[changes];
    private readonly TaskCompletionSource<IReadOnlyList<ChangeOutcome>> _completed = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private int _open = changes;

    /// <summary>All outcomes, in the order of the changes.</summary>
    public Task<IReadOnlyList<ChangeOutcome>> Completed => _completed.Task;

    /// <summary>Once for each change.</summary>
    public void Settle(int index, ChangeOutcome outcome)
    {
        _outcomes[index] = outcome;
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _completed.TrySetResult(_outcomes);
        }
    }

    public void Fail(Exception reason) => _completed.TrySetException(reason);
}
