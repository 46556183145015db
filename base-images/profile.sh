# Login shells start in the testbed environment; /etc/profile has just set PATH anew.
PATH=/opt/conda/bin:$PATH
export PATH
. /opt/conda/etc/profile.d/conda.sh
conda activate testbed
